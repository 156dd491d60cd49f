import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/failures.ts';
import type { TargetOperatorActivities } from '../../workflows/ports.ts';
import { findSessionKey } from '../registry/session-keys.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import type { OperatorDependencies } from './index.ts';
import { openCredentials } from './open-credentials.ts';

/**
 * Reserves one subscriber for this change. The gateway answers a repeated request with the same subscriber, so an answer that was
 * lost is found by asking again; credentials go from their wrapping under the session key straight into sealed columns.
 */
export const reserveSubscriber =
  ({ operator, gateway, database, vault }: OperatorDependencies): TargetOperatorActivities['reserveSubscriber'] =>
  async (step) => {
    const { changeId, iccid } = step;
    const { rows } = await sql<{ state: string | null; imsi: Imsi | null }>`
      select ${stateRecorded(step, { state: 'reserving', cause: `${operator} is asked for a subscriber`, actor: 'system:operator-worker' })},
        (select state from reservations where change_id = ${changeId}::uuid) as state,
        (select imsi from reservations where change_id = ${changeId}::uuid) as imsi`.execute(database);
    const known = rows[0];
    if (known?.imsi && (known.state === 'reserved' || known.state === 'active')) return { imsi: known.imsi };
    if (known?.state)
      throw failure('RESERVATION_WITHDRAWN', `the reservation for ICCID ${iccid} at ${operator} is ${known.state}`);

    const { imsi, msisdn, credentials } = await gateway.reserve(changeId, iccid);
    const { k, opc } = await openCredentials({ operator, changeId, imsi, credentials }, (kid) =>
      findSessionKey({ database, vault }, operator, kid),
    );
    const sealedK = await vault.seal(k, { table: 'reservations', column: 'sealed_k', row: changeId });
    const sealedOpc = await vault.seal(opc, { table: 'reservations', column: 'sealed_opc', row: changeId });
    const { rows: outcome } = await sql<{ stored: boolean; holder: string | null }>`
      with holder as (
        select iccid from cards where imsi = ${imsi}
      ), stored as (
        insert into reservations (change_id, operator, iccid, imsi, msisdn, sealed_k, sealed_opc, state)
        select ${changeId}::uuid, ${operator}, ${iccid}, ${imsi}, ${msisdn}, ${sealedK}, ${sealedOpc}, 'reserved'
        where not exists (select from holder)
        on conflict (change_id) do update set updated_at = now() where reservations.state = 'reserved'
        returning change_id
      )
      select exists (select from stored) as stored, (select iccid from holder limit 1) as holder`.execute(database);
    const { stored = false, holder } = outcome[0] ?? {};
    if (holder)
      throw failure('HLR_REFUSED', `${operator} gave IMSI ${imsi} for ICCID ${iccid}, but ICCID ${holder} has it`);
    if (!stored) {
      throw failure(
        'RESERVATION_WITHDRAWN',
        `the reservation for ICCID ${iccid} at ${operator} was withdrawn meanwhile`,
      );
    }
    return { imsi };
  };
