import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/failures.ts';
import type { SourceOperatorActivities } from '../../workflows/ports.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from './clocks.ts';
import type { OperatorDependencies } from './index.ts';

/** Has the source let go of a card that has moved, unless its old IMSI was used after the new one. */
export const releaseSubscriber =
  (dependencies: OperatorDependencies): SourceOperatorActivities['releaseSubscriber'] =>
  async (step) => {
    const { operator, gateway, database } = dependencies;
    const { imsi, attachedAt } = step;
    if (attachedAt !== undefined) await refuseIfBothAttached(dependencies, { ...step, attachedAt });
    await gateway.bar(imsi);
    await gateway.remove(imsi);
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
