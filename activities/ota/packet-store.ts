import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Step } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import type { SealedCardKeys } from '../registry/card-keys.ts';
import { stateRecorded } from '../timeline/record-state.ts';

export type PacketState = 'prepared' | 'sent' | 'stopped';

/** All that is needed to build the packet of one change: the card, the reservation, and the packet's own row. */
export interface PacketCase extends SealedCardKeys {
  readonly profile: string;
  readonly msisdn: string;
  readonly imsi: Imsi | null;
  readonly sealed_k: Buffer | null;
  readonly sealed_opc: Buffer | null;
  readonly state: PacketState;
  readonly cntr: number;
  readonly sealed_segments: Buffer | null;
  readonly message_ids: readonly string[];
}

/**
 * Records `sending` and gives the packet its counter, both once: a repeated call finds the same row. The counter is stored before
 * anything leaves, and never given twice (TS 102 225 §5.1.4).
 */
export async function preparePacket(database: Database, step: Step, smsc: string): Promise<PacketCase | undefined> {
  const { changeId, iccid } = step;
  const { rows } = await sql<PacketCase>`
    with existing as (
      select * from packets where change_id = ${changeId}::uuid
    ), counted as (
      update cards set cntr = cntr + 1
      where iccid = ${iccid} and not exists (select from existing)
      returning cntr, msisdn
    ), made as (
      insert into packets (change_id, iccid, msisdn, cntr, state)
      select ${changeId}::uuid, ${iccid}, msisdn, cntr, 'prepared' from counted
      on conflict (change_id) do nothing
      returning *
    ), packet as (
      select * from existing union all select * from made
    )
    select card.iccid, card.kvn, card.profile, card.sealed_adm1, card.sealed_kic, card.sealed_kid,
      reservation.imsi, reservation.sealed_k, reservation.sealed_opc,
      coalesce(packet.msisdn, card.msisdn) as msisdn, packet.state, packet.cntr, packet.sealed_segments, packet.message_ids,
      ${stateRecorded(step, { state: 'sending', cause: `one packet for ${smsc}`, actor: 'system:ota-worker' })} as recorded
    from packet
      join cards card on card.iccid = ${iccid}
      left join reservations reservation on reservation.change_id = packet.change_id`.execute(database);
  return rows[0];
}

/** The pivot: `prepared` becomes `sent` before the first segment leaves, unless `stopSending` came first. True for who did it. */
export async function passPivot(database: Database, changeId: string, sealedSegments: Buffer): Promise<boolean> {
  const { rows } = await sql`
    update packets set state = 'sent', sealed_segments = ${sealedSegments}, sent_at = now()
    where change_id = ${changeId}::uuid and state = 'prepared' returning change_id`.execute(database);
  return rows.length > 0;
}

/** Takes the pivot back: the SMSC has said of the only segment ever handed over that it did not take it. */
export async function retractPivot(database: Database, changeId: string): Promise<void> {
  await sql`update packets set state = 'prepared' where change_id = ${changeId}::uuid and state = 'sent' and message_ids = '{}'`.execute(
    database,
  );
}

/** Notes that the SMSC has taken every segment, and records `awaitingCard`. */
export async function packetAccepted(
  database: Database,
  step: Step,
  accepted: { readonly messageIds: readonly string[]; readonly smsc: string; readonly targetImsi: Imsi },
): Promise<void> {
  const { messageIds, smsc, targetImsi } = accepted;
  await sql`
    with taken as (update packets set message_ids = ${messageIds} where change_id = ${step.changeId}::uuid)
    select ${stateRecorded(
      { changeId: step.changeId, sequence: step.sequence + 1 },
      {
        state: 'awaitingCard',
        cause: `${smsc} took ${String(messageIds.length)} segment(s) as ${messageIds.join(', ')}`,
        actor: `smsc:${smsc}`,
        data: { targetImsi },
      },
    )}`.execute(database);
}
