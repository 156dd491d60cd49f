import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { refusal } from './http/problem.ts';
import type { Operator } from './operator.ts';
import { hlrEntry, leaseFromNow } from './reserve.ts';

export interface Restoration {
  readonly imsi: Imsi;
  /** null: a card has attached, and nothing runs out any more. */
  readonly leaseUntil: string | null;
}

/**
 * Takes what a change had reserved out of quarantine, so that a card that holds it can attach. That it is out is durable (`restoring`)
 * before the HLR is told: whatever ends this process in between, no sweep deletes it, and the repeated call goes on.
 */
export function restore(operator: Operator, changeId: string): Promise<Restoration> {
  const { store, reservations, subscribers, hlr } = operator;
  return store.locked(`change/${changeId}`, async (database) => {
    const known = await reservations.find(database, changeId);
    if (known === undefined || known.state === 'reserving')
      throw refusal('RESERVATION_UNKNOWN', 'nothing was reserved for this change, so there is nothing to restore', 404);
    const { subscriber, state } = known;
    if (subscriber === undefined) throw gone('nothing was ever reserved for this change');
    const { imsi } = subscriber;
    if (state === 'attached') return { imsi, leaseUntil: null };
    if (state === 'reserved') return { imsi, leaseUntil: known.leaseUntil?.toISOString() ?? null };
    const leaseUntil = leaseFromNow(operator);
    await database.transaction().execute(async (transaction) => {
      if (!(await subscribers.restore(transaction, subscriber)))
        throw gone('its quarantine is over, and the subscriber was deleted or given to another change');
      await reservations.enter(transaction, changeId, { state: 'restoring', leaseUntil });
    });
    await hlr.create(hlrEntry(operator, subscriber));
    await hlr.unbar(imsi);
    await database.transaction().execute(async (transaction) => {
      await reservations.enter(transaction, changeId, { state: 'reserved', leaseUntil });
      await store.note(transaction, { kind: 'restored', changeId, imsi });
    });
    return { imsi, leaseUntil: leaseUntil.toISOString() };
  });
}

const gone = (why: string) => refusal('RESERVATION_WITHDRAWN', `it can't be restored: ${why}`, 410);
