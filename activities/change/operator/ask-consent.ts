import { sql } from 'kysely';
import { failure } from '../../../workflows/shared/failures.ts';
import type { SourceOperatorActivities } from '../../../workflows/change/ports.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import type { OperatorDependencies } from './dependencies.ts';

export const askConsent =
  ({ operator, gateway, database }: OperatorDependencies): SourceOperatorActivities['askConsent'] =>
  async (step) => {
    const { changeId, iccid, imsi, target } = step;
    await sql`select ${stateRecorded(step, {
      state: 'awaitingConsent',
      cause: `the agreement asks for the consent of ${operator}`,
      actor: 'system:operator-worker',
    })}`.execute(database);
    const { decision, reason } = await gateway.consent(changeId, { iccid, imsi, targetOperator: target });
    const because = reason === undefined ? '' : `: ${reason}`;
    if (decision === 'refused')
      throw failure('CONSENT_REFUSED', `${operator} does not let ICCID ${iccid} leave${because}`);
    if (decision === 'pending')
      throw failure('CONSENT_PENDING', `${operator} has not decided yet whether ICCID ${iccid} may leave${because}`);
  };
