import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/failures.ts';
import type { SourceOperatorActivities, TargetOperatorActivities } from '../../workflows/ports.ts';
import type { ProvisioningClient } from '../adapters/provisioning/provisioning-client.ts';
import type { Database } from '../database/database.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import type { Vault } from '../vault/vault.ts';
import { releaseSubscriber } from './release-subscriber.ts';
import { reserveSubscriber } from './reserve-subscriber.ts';

/** How far the clock of an HLR may be behind ours. */
const CLOCKS_DIFFER_MILLISECONDS = 300_000;

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
    reserveSubscriber: reserveSubscriber(dependencies),
    withdrawSubscriber: withdrawSubscriber(dependencies),
    confirmAttach: confirmAttach(dependencies),
    releaseSubscriber: releaseSubscriber(dependencies),
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
      data: { code: because.code },
    })}`.execute(database);
    const { state } = await gateway.withdraw(changeId);
    await sql`
      with shredded as (update packets set sealed_segments = null where change_id = ${changeId}::uuid)
      insert into reservations (change_id, operator, iccid, state) values (${changeId}::uuid, ${operator}, ${iccid}, ${state})
      on conflict (change_id) do update set state = excluded.state, sealed_k = null, sealed_opc = null, updated_at = now()`.execute(
      database,
    );
  };

const confirmAttach =
  ({ operator, gateway, database }: OperatorDependencies): TargetOperatorActivities['confirmAttach'] =>
  async (step) => {
    const { changeId, iccid } = step;
    const { rows } = await sql<{ imsi: Imsi | null; msisdn: string | null; sentAt: Date | null }>`
      select reservation.imsi, reservation.msisdn, packet.sent_at as "sentAt"
      from reservations reservation join packets packet using (change_id)
      where change_id = ${changeId}::uuid and packet.purpose = 'write'`.execute(database);
    const { imsi, msisdn, sentAt } = rows[0] ?? {};
    if (!imsi || !sentAt) return { attached: false };
    const { attached, locationUpdate } = await gateway.subscriber(imsi);
    // An operator gives IMSIs of its pool again: a registration from before the packet left is somebody else's.
    const earliest = sentAt.getTime() - CLOCKS_DIFFER_MILLISECONDS;
    if (!attached || locationUpdate === null || Date.parse(locationUpdate.at) < earliest) {
      // The card may still come: what was reserved for it must not run out meanwhile.
      await gateway.renew(changeId);
      return { attached: false };
    }
    await sql`
      with moved as (
        update cards set operator = ${operator}, imsi = ${imsi}, msisdn = ${msisdn}, moved_by = ${changeId}::uuid, updated_at = now()
        where iccid = ${iccid}
      ), activated as (
        update reservations set state = 'active', sealed_k = null, sealed_opc = null, updated_at = now() where change_id = ${changeId}::uuid
      ), shredded as (
        update packets set sealed_segments = null where change_id = ${changeId}::uuid
      )
      select ${stateRecorded(step, {
        state: 'releasing',
        cause: `the HLR of ${operator} says that IMSI ${imsi} registered at ${locationUpdate.at}${deviceOf(locationUpdate)}`,
        actor: `operator:${operator}`,
        data: { targetImsi: imsi },
      })}`.execute(database);
    return { attached: true, imsi };
  };

const deviceOf = ({ imei }: { readonly imei: string | null }): string =>
  imei === null ? ', in a device that the HLR does not know' : ` in the device with IMEI ${imei}`;
