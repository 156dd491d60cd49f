import { sql } from 'kysely';
import { failure } from '../../workflows/failures.ts';
import type { SourceOperatorActivities } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import type { OperatorDependencies } from './index.ts';

/**
 * Bars, then deletes. A gateway that does not know the subscriber is believed only if this change has asked to delete it before, having
 * found it: an HLR that was emptied, or is the wrong one, knows nobody either, and the old subscription may live on somewhere.
 */
export const releaseSubscriber =
  ({ operator, gateway, database }: OperatorDependencies): SourceOperatorActivities['releaseSubscriber'] =>
  async (step) => {
    const { changeId, iccid, imsi } = step;
    if ((await gateway.bar(imsi, changeId)) === 'unknown') {
      if (!(await hasAskedBefore(database, changeId)))
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
