import { sql } from 'kysely';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import type { TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import { joinedProof, provesExecuted } from '../../../services/packets/proves-executed.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from '../../../workflows/change/decision/time.ts';
import type { OperatorDependencies } from './dependencies.ts';

interface Withdrawn {
  readonly imsi: Imsi | null;
  readonly withdrawnAt: Date;
  readonly sentAt: Date | null;
  readonly status: ProofOfReceipt['status'] | null;
  readonly statusWord: string | null;
}

/**
 * Whether a card may hold the subscriber that an ended change withdrew: it has proven so itself, or the HLR knows that one has tried to
 * use it since.
 */
export const askLateAttach =
  ({ gateway, database }: OperatorDependencies): TargetOperatorActivities['askLateAttach'] =>
  async ({ changeId }) => {
    const { rows } = await sql<Withdrawn>`
      select reservation.imsi, reservation.updated_at as "withdrawnAt", packet.sent_at as "sentAt", proof.*
      from reservations reservation join packets packet using (change_id) ${joinedProof}
      where change_id = ${changeId}::uuid and packet.purpose = 'write' and reservation.state in ('quarantined', 'reserved')`.execute(
      database,
    );
    const { imsi, withdrawnAt, sentAt, status = null, statusWord = null } = rows[0] ?? {};
    // No card of this change can hold what never left; whoever uses the IMSI is somebody else.
    if (!imsi || !sentAt || withdrawnAt === undefined) return { seen: false };
    if (provesExecuted(status, statusWord)) return { seen: true };
    const subscriber = await gateway.findSubscriber(imsi);
    if (subscriber === null) return { seen: false };
    const { refusedAt, locationUpdate, authentication } = subscriber;
    const isAfter = (at: string, since: number) => Date.parse(at) > since;
    const seen =
      typeof refusedAt === 'string' ||
      // What a card has registered with is not withdrawn, so this came later, unless it is of an earlier life of the IMSI.
      (locationUpdate !== null && isAfter(locationUpdate.at, sentAt.getTime() - CLOCKS_DIFFER_MILLISECONDS)) ||
      // For an HLR that tells of no refusals: its clock says when, and ours when it was barred.
      (authentication !== null &&
        authentication !== undefined &&
        isAfter(authentication.at, withdrawnAt.getTime() + CLOCKS_DIFFER_MILLISECONDS));
    return { seen };
  };

/** Has the gateway take it out of quarantine; its keys here are shredded, and are not needed: the card has them. */
export const restoreSubscriber =
  ({ operator, gateway, database }: OperatorDependencies): TargetOperatorActivities['restoreSubscriber'] =>
  async (step) => {
    const { changeId } = step;
    const { imsi } = await gateway.restore(changeId);
    await sql`
      with restored as (
        update reservations set state = 'reserved', updated_at = now()
        where change_id = ${changeId}::uuid and state = 'quarantined'
      )
      select ${stateRecorded(step, {
        state: 'reopened',
        cause: `a card may hold IMSI ${imsi}, which ${operator} had withdrawn: it can attach again`,
        actor: `operator:${operator}`,
        data: { targetImsi: imsi },
      })}`.execute(database);
  };
