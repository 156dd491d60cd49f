import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { Step } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import type { SealedCardKeys } from '../registry/card-keys.ts';
import { stateRecorded, type StateRecord } from '../timeline/record-state.ts';

export type PacketState = 'prepared' | 'sent' | 'stopped';

/** Why a change sends a packet: to ask the card whether its admin code is right, or to write the subscription. */
export type PacketPurpose = 'check' | 'write';

/** One packet of one change. */
export interface PacketId {
  readonly changeId: string;
  readonly purpose: PacketPurpose;
}

/** All that is needed to build a packet of one change: the card, the reservation, and the packet's own row. */
export interface PacketCase extends SealedCardKeys {
  readonly profile: string;
  readonly msisdn: string;
  readonly imsi: Imsi | null;
  /** The network of the reserved subscription. */
  readonly plmn: Plmn | null;
  readonly sealed_k: Buffer | null;
  readonly sealed_opc: Buffer | null;
  readonly state: PacketState;
  /** Absent in a packet that was stopped before it was prepared. */
  readonly cntr: number | null;
  readonly sealed_segments: Buffer | null;
  readonly message_ids: readonly string[];
  /** How many commands the card answers for; absent until the packet is built. */
  readonly commands: number | null;
  /** What the card has answered, verified; absent while it has not. */
  readonly por_status: ResponseStatus | null;
  readonly por_status_word: string | null;
}

/**
 * Records why the packet is made and gives it its counter, both once: a repeated call finds the same row, also one that comes while
 * another makes it. The counter is stored before anything leaves, and never given twice (TS 102 225 §5.1.4). Resolves to nothing
 * when the card is not in the registry.
 */
export async function preparePacket(
  database: Database,
  step: Step,
  packet: { readonly purpose: PacketPurpose; readonly smsc: string },
): Promise<PacketCase | undefined> {
  // A row that another attempt made between the two halves of the statement is seen by the next one.
  return (await findOrMakePacket(database, step, packet)) ?? findOrMakePacket(database, step, packet);
}

/** The state that a packet is made in, and why. */
const STATE_OF: Readonly<Record<PacketPurpose, (smsc: string) => Pick<StateRecord, 'state' | 'cause'>>> = {
  check: (smsc) => ({
    state: 'checkingCard',
    cause: `the card is asked through ${smsc} whether its admin code is right`,
  }),
  write: (smsc) => ({ state: 'sending', cause: `one packet for ${smsc}` }),
};

async function findOrMakePacket(
  database: Database,
  step: Step,
  { purpose, smsc }: { readonly purpose: PacketPurpose; readonly smsc: string },
): Promise<PacketCase | undefined> {
  const { changeId, iccid } = step;
  const { rows } = await sql<PacketCase>`
    with made as (
      insert into packets (change_id, purpose, iccid, msisdn, cntr, state)
      select ${changeId}::uuid, ${purpose}, iccid, msisdn, cntr + 1, 'prepared' from cards where iccid = ${iccid}
      on conflict (change_id, purpose) do nothing
      returning *
    ), counted as (
      update cards set cntr = made.cntr from made where cards.iccid = made.iccid
    ), packet as (
      select * from packets where change_id = ${changeId}::uuid and purpose = ${purpose} union all select * from made
    )
    select card.iccid, card.kvn, card.profile, card.sealed_adm1, card.sealed_kic, card.sealed_kid,
      reservation.imsi, target.plmn, reservation.sealed_k, reservation.sealed_opc,
      coalesce(packet.msisdn, card.msisdn) as msisdn, packet.state, packet.cntr, packet.sealed_segments, packet.message_ids,
      packet.commands, packet.por_status, packet.por_status_word,
      ${stateRecorded(step, { ...STATE_OF[purpose](smsc), actor: 'system:ota-worker' })} as recorded
    from packet
      join cards card on card.iccid = packet.iccid
      left join reservations reservation on reservation.change_id = packet.change_id
      left join operators target on target.id = reservation.operator`.execute(database);
  return rows[0];
}

/**
 * The pivot: `prepared` becomes `sent` before the first segment leaves, unless `stopSending` came first. Resolves to the number of
 * this hand-over, or to nothing when another was faster.
 */
export async function passPivot(
  database: Database,
  { changeId, purpose }: PacketId,
  { sealed, commands }: { readonly sealed: Buffer; readonly commands: number | null },
): Promise<number | undefined> {
  const { rows } = await sql<{ handOver: number }>`
    update packets set state = 'sent', sealed_segments = ${sealed}, commands = ${commands}, sent_at = now(), hand_overs = hand_overs + 1
    where change_id = ${changeId}::uuid and purpose = ${purpose} and state = 'prepared' returning hand_overs as "handOver"`.execute(
    database,
  );
  return rows[0]?.handOver;
}

/** Notes that a packet which may have left is handed over once more. Resolves to nothing when its pivot was taken back meanwhile. */
export async function handOverAgain(database: Database, { changeId, purpose }: PacketId): Promise<number | undefined> {
  const { rows } = await sql<{ handOver: number }>`
    update packets set hand_overs = hand_overs + 1
    where change_id = ${changeId}::uuid and purpose = ${purpose} and state = 'sent' returning hand_overs as "handOver"`.execute(
    database,
  );
  return rows[0]?.handOver;
}

/**
 * Takes the pivot back: the SMSC has said of the only segment ever handed over that it did not take it. A hand-over that came after
 * the given one may have been taken, and keeps the pivot where it is.
 */
export async function retractPivot(
  database: Database,
  { changeId, purpose }: PacketId,
  handOver: number,
): Promise<void> {
  await sql`
    update packets set state = 'prepared'
    where change_id = ${changeId}::uuid and purpose = ${purpose} and state = 'sent' and message_ids = '{}' and hand_overs = ${handOver}`.execute(
    database,
  );
}

/** Notes that the SMSC has taken every segment of a question; the change goes on when the card has answered it. */
export async function questionAccepted(
  database: Database,
  changeId: string,
  messageIds: readonly string[],
): Promise<void> {
  await sql`
    update packets set message_ids = ${messageIds}, state = 'sent'
    where change_id = ${changeId}::uuid and purpose = 'check'`.execute(database);
}

/** Notes that the SMSC has taken every segment of the subscription, and records `awaitingCard`. */
export async function packetAccepted(
  database: Database,
  step: Step,
  accepted: { readonly messageIds: readonly string[]; readonly smsc: string; readonly targetImsi: Imsi },
): Promise<void> {
  const { messageIds, smsc, targetImsi } = accepted;
  await sql`
    with taken as (update packets set message_ids = ${messageIds}, state = 'sent' where change_id = ${step.changeId}::uuid and purpose = 'write')
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
