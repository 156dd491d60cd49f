import { HlrError } from './hlr.ts';
import { refusal } from './http/problem.ts';
import type { Operator } from './operator.ts';
import { hlrEntry } from './reserve.ts';
import type { Reservation } from './store/reservations.ts';
import type { Database } from './store/store.ts';
import type { PoolEntry } from './store/subscribers.ts';

export interface Withdrawal {
  readonly state: 'quarantined' | 'neverReserved';
}

/**
 * Takes back what a change reserved: bars it at the HLR and keeps the IMSI in quarantine. For a change that has reserved nothing it
 * remembers that, so that a reservation that arrives late is refused.
 */
export function withdraw(operator: Operator, changeId: string): Promise<Withdrawal> {
  const { store, reservations } = operator;
  return store.locked(`change/${changeId}`, async (database) => {
    const known = await reservations.find(database, changeId);
    if (known !== undefined) return takeBack(operator, database, { known, because: 'withdrawn' });
    await database.transaction().execute(async (transaction) => {
      await reservations.refuseForEver(transaction, changeId);
      await store.note(transaction, { kind: 'withdrawn', changeId });
    });
    return { state: 'neverReserved' };
  });
}

/** Takes back what a change reserved when its lease has run out, and ends a withdrawal that was begun. */
export function lapse(operator: Operator, changeId: string): Promise<void> {
  const { store, reservations } = operator;
  return store.locked(`change/${changeId}`, async (database) => {
    const known = await reservations.find(database, changeId);
    if (known === undefined) return;
    // The lease may have been renewed since the sweep saw it.
    const runs = known.leaseUntil !== null && known.leaseUntil > store.now();
    if (known.state !== 'withdrawing' && runs) return;
    await takeBack(operator, database, { known, because: known.state === 'withdrawing' ? 'withdrawn' : 'lapsed' });
  });
}

interface TakingBack {
  readonly known: Reservation;
  readonly because: 'withdrawn' | 'lapsed';
}

async function takeBack(operator: Operator, database: Database, { known, because }: TakingBack): Promise<Withdrawal> {
  const { reservations, subscribers, store } = operator;
  const { changeId, subscriber, state } = known;
  if (subscriber === undefined) return { state: 'neverReserved' };
  if (state === 'withdrawn') return { state: 'quarantined' };
  if (state === 'attached' || (await hasAttached(operator, subscriber)))
    throw await keepForCard(operator, database, known);
  await reservations.enter(database, changeId, { state: 'withdrawing' });
  const isOurs = await barForSure(operator, subscriber);
  const there = isOurs ? await operator.hlr.subscriber(subscriber.imsi) : undefined;
  // A card may have attached between the question and the bar.
  if (there !== undefined && there.locationUpdate !== null) throw await keepForCard(operator, database, known);
  await database.transaction().execute(async (transaction) => {
    await reservations.enter(transaction, changeId, { state: 'withdrawn' });
    if (isOurs) await subscribers.quarantine(transaction, subscriber.imsi, there?.lastSqn);
    else await subscribers.enter(transaction, subscriber.imsi, 'taken');
    await store.note(transaction, { kind: because, changeId, imsi: subscriber.imsi });
  });
  return { state: 'quarantined' };
}

async function hasAttached({ hlr }: Operator, { imsi }: PoolEntry): Promise<boolean> {
  const there = await hlr.subscriber(imsi);
  return there !== undefined && there.locationUpdate !== null;
}

/** A card has attached: the IMSI is its own, and what was begun against it is taken back. Resolves to the refusal. */
async function keepForCard(
  { hlr, reservations }: Operator,
  database: Database,
  { changeId, subscriber, state }: Reservation,
) {
  if (subscriber !== undefined && state !== 'attached') {
    await hlr.unbar(subscriber.imsi);
    await reservations.enter(database, changeId, { state: 'attached' });
  }
  return refusal('SUBSCRIBER_ATTACHED', 'a card has attached with the reserved IMSI; it is not withdrawn');
}

/**
 * Bars; makes the subscriber first when the HLR does not have it, since a reservation that was cut off may still be on its way there,
 * and a subscriber that is there already stays barred when it arrives. False when the HLR has somebody else under this IMSI.
 */
async function barForSure(operator: Operator, subscriber: PoolEntry): Promise<boolean> {
  const { hlr, log } = operator;
  try {
    await hlr.create(hlrEntry(operator, subscriber));
  } catch (cause) {
    if (!(cause instanceof HlrError) || cause.kind !== 'collision') throw cause;
    log('error', 'the HLR has another subscriber under a reserved IMSI; it is left alone', { imsi: subscriber.imsi });
    return false;
  }
  await hlr.bar(subscriber.imsi);
  return true;
}
