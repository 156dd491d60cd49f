import { sql } from 'kysely';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../../telecom/identifiers/msisdn.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import type { TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { findSessionKey } from '../../../services/registry/session-keys.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { openCredentials } from './open-credentials.ts';

/**
 * Reserves one subscriber for this change. The gateway answers a repeated request with the same subscriber, so an answer that was
 * lost is found by asking again; credentials go from their wrapping under the session key straight into sealed columns.
 */
export const reserveSubscriber =
  ({ operator, gateway, database, vault }: OperatorDependencies): TargetOperatorActivities['reserveSubscriber'] =>
  async (step) => {
    const { changeId, iccid } = step;
    const { rows } = await sql<{ state: string | null; imsi: Imsi | null; plmn: string | null }>`
      select ${stateRecorded(step, { state: 'reserving', cause: `${operator} is asked for a subscriber`, actor: 'system:operator-worker' })},
        (select state from reservations where change_id = ${changeId}::uuid) as state,
        (select imsi from reservations where change_id = ${changeId}::uuid) as imsi,
        (select plmn from operators where id = ${operator}) as plmn`.execute(database);
    const known = rows[0];
    if (known?.imsi && (known.state === 'reserved' || known.state === 'active')) return;
    if (known?.state)
      throw failure('RESERVATION_WITHDRAWN', `the reservation for ICCID ${iccid} at ${operator} is ${known.state}`);

    const { imsi, msisdn, credentials } = await gateway.reserve(changeId, iccid);
    if (!imsi.startsWith(known?.plmn ?? ''))
      throw failure(
        'SUBSCRIBER_UNUSABLE',
        `${operator} gave IMSI ${imsi} for ICCID ${iccid}, which does not begin with its PLMN ${String(known?.plmn)}`,
      );
    const { k, opc } = await openCredentials({ operator, changeId, imsi, credentials }, (kid) =>
      findSessionKey({ database, vault }, operator, kid),
    );
    const sealedK = await vault.seal(k, { table: 'reservations', column: 'sealed_k', row: changeId });
    const sealedOpc = await vault.seal(opc, { table: 'reservations', column: 'sealed_opc', row: changeId });
    const stored = await database.transaction().execute(async (transaction) => {
      await refuseIfTaken(transaction, { operator, changeId, iccid, imsi, msisdn });
      const { rows: outcome } = await sql`
        insert into reservations (change_id, operator, iccid, imsi, msisdn, sealed_k, sealed_opc, state)
        values (${changeId}::uuid, ${operator}, ${iccid}, ${imsi}, ${msisdn}, ${sealedK}, ${sealedOpc}, 'reserved')
        on conflict (change_id) do update set updated_at = now() where reservations.state = 'reserved'
        returning change_id`.execute(transaction);
      return outcome.length > 0;
    });
    if (!stored) {
      throw failure(
        'RESERVATION_WITHDRAWN',
        `the reservation for ICCID ${iccid} at ${operator} was withdrawn meanwhile`,
      );
    }
  };

interface Given {
  readonly operator: string;
  readonly changeId: string;
  readonly iccid: string;
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
}

/**
 * Refuses a subscriber that is somebody's already: the card would attach as another one, or its messages go to another device. A number
 * may come along with its own card. Two changes that are given the same number at the same moment wait for one another.
 */
async function refuseIfTaken(transaction: Database, given: Given): Promise<void> {
  const { operator, changeId, iccid, imsi, msisdn } = given;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`reservations.msisdn/${msisdn}`}, 0))`.execute(transaction);
  const { rows } = await sql<{ what: string; holder: string }>`
    select ${`IMSI ${imsi}`} as what, iccid as holder from cards where imsi = ${imsi}
    union all select ${`IMSI ${imsi}`}, iccid from reservations
      where imsi = ${imsi} and state in ('reserved', 'active') and change_id <> ${changeId}::uuid
    union all select ${`MSISDN ${msisdn}`}, iccid from cards where msisdn = ${msisdn} and iccid <> ${iccid}
    union all select ${`MSISDN ${msisdn}`}, iccid from reservations
      where msisdn = ${msisdn} and state in ('reserved', 'active') and iccid <> ${iccid}
    limit 1`.execute(transaction);
  const [taken] = rows;
  if (taken === undefined) return;
  const { what, holder } = taken;
  throw failure('SUBSCRIBER_UNUSABLE', `${operator} gave ${what} for ICCID ${iccid}, but ICCID ${holder} has it`);
}
