import { sql } from 'kysely';
import { sanitizeText } from '../../../workflows/shared/sanitize-text.ts';
import type { TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import type { OperatorDependencies } from './dependencies.ts';

export const withdrawSubscriber =
  ({ operator, gateway, database }: OperatorDependencies): TargetOperatorActivities['withdrawSubscriber'] =>
  async (step) => {
    const { changeId, iccid, because } = step;
    await sql`select ${stateRecorded(step, {
      state: step.state,
      cause: `rolling back, ${operator} is asked to withdraw the subscriber: ${because.message}`,
      actor: 'system:operator-worker',
      data: { code: because.code, rollback: sanitizeText(because.message) },
    })}`.execute(database);
    const { state } = await gateway.withdraw(changeId);
    await sql`
      with shredded as (update packets set sealed_segments = null where change_id = ${changeId}::uuid)
      insert into reservations (change_id, operator, iccid, state) values (${changeId}::uuid, ${operator}, ${iccid}, ${state})
      on conflict (change_id) do update set state = excluded.state, sealed_k = null, sealed_opc = null, updated_at = now()`.execute(
      database,
    );
  };
