import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/failures.ts';
import type { SourceOperatorActivities } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from './clocks.ts';
import type { OperatorDependencies } from './index.ts';

/**
 * Bars, then deletes, unless the old IMSI was used after the new one. A gateway that does not know the subscriber is believed only if this change has asked to delete it before, having
 * found it: an HLR that was emptied, or is the wrong one, knows nobody either, and the old subscription may live on somewhere.
 */
export const releaseSubscriber =
  (dependencies: OperatorDependencies): SourceOperatorActivities['releaseSubscriber'] =>
  async (step) => {
    const { operator, gateway, database } = dependencies;
    const { changeId, iccid, imsi, attachedAt } = step;
    const hasAsked = await hasAskedBefore(database, changeId);
    // What this change has had deleted may be somebody else's by now, whose registration says nothing of this card.
    if (attachedAt !== undefined && !hasAsked) await refuseIfBothAttached(dependencies, { iccid, imsi, attachedAt });
    if ((await gateway.bar(imsi, changeId)) === 'unknown') {
      if (!hasAsked)
        throw failure(
          'SUBSCRIBER_MISSING',
          `${operator} does not know IMSI ${imsi} of ICCID ${iccid}, which this change has not deleted`,
        );
    } else {
      // Durable before it is asked for: the answer may be lost, and a repetition then finds nobody.
      await sql`
        update reservations set release_asked_at = coalesce(release_asked_at, now())
        where change_id = ${changeId}::uuid`.execute(database);
      // It was there to be barred, so one that is unknown now has been deleted.
      await gateway.remove(imsi, changeId);
    }
    await sql`
      with returned as (
        update reservations set state = 'returned', updated_at = now()
        where operator = ${operator} and imsi = ${imsi} and state = 'active'
      )
      select ${stateRecorded(step, {
        state: 'completed',
        cause: `${operator} barred and deleted IMSI ${imsi}`,
        actor: `operator:${operator}`,
      })}`.execute(database);
  };

async function hasAskedBefore(database: Database, changeId: string): Promise<boolean> {
  const { rows } = await sql`
    select from reservations where change_id = ${changeId}::uuid and release_asked_at is not null`.execute(database);
  return rows.length > 0;
}

/** One card can't have done both; one that registered long before, or is gone by now, is what it should be. */
async function refuseIfBothAttached(
  { operator, gateway }: OperatorDependencies,
  { iccid, imsi, attachedAt }: { readonly iccid: string; readonly imsi: Imsi; readonly attachedAt: string },
): Promise<void> {
  const at = (await gateway.findSubscriber(imsi))?.locationUpdate?.at;
  if (at === undefined || Date.parse(at) <= Date.parse(attachedAt) + CLOCKS_DIFFER_MILLISECONDS) return;
  throw failure(
    'BOTH_ATTACHED',
    `ICCID ${iccid} attached at its target at ${attachedAt}, and its old IMSI ${imsi} registered at ${operator} at ${at}: there are two cards; nothing was barred`,
  );
}
