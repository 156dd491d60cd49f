import { sql } from 'kysely';
import { failure } from '../../../workflows/shared/failures.ts';
import { sanitizeText } from '../../../workflows/shared/sanitize-text.ts';
import type { SourceOperatorActivities, TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import type { ProvisioningClient } from '../../../adapters/provisioning/provisioning-client.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import type { Vault } from '../../../adapters/vault/vault.ts';
import { askPool } from './ask-pool.ts';
import { confirmAttach, watchAttach } from './confirm-attach.ts';
import { askLateAttach, restoreSubscriber } from './late-attach.ts';
import { insistOnRelease, releaseSubscriber } from './release-subscriber.ts';
import { reserveSubscriber } from './reserve-subscriber.ts';
import { watchSource } from './watch-source.ts';

export interface OperatorDependencies {
  readonly operator: string;
  readonly gateway: ProvisioningClient;
  readonly database: Database;
  readonly vault: Vault;
}

/** What is done at one operator, as source or as target; a worker of that operator's task queue runs them. */
export function operatorActivities(
  dependencies: OperatorDependencies,
): SourceOperatorActivities & TargetOperatorActivities {
  return {
    askConsent: askConsent(dependencies),
    askPool: askPool(dependencies),
    reserveSubscriber: reserveSubscriber(dependencies),
    withdrawSubscriber: withdrawSubscriber(dependencies),
    confirmAttach: confirmAttach(dependencies),
    watchAttach: watchAttach(dependencies),
    askLateAttach: askLateAttach(dependencies),
    restoreSubscriber: restoreSubscriber(dependencies),
    releaseSubscriber: releaseSubscriber(dependencies),
    insistOnRelease: insistOnRelease(dependencies),
    watchSource: watchSource(dependencies),
  };
}

const askConsent =
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

const withdrawSubscriber =
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
