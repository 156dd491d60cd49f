import { sql, type RawBuilder } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { ProofOfReceipt } from '../../workflows/shared/contract.ts';
import type { Step } from '../../workflows/change/ports.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { SealedCardKeys } from './card-keys.ts';
import { stateRecorded, type StateRecord } from '../timeline/record-state.ts';

export type PacketState = 'prepared' | 'sent' | 'stopped';

/**
 * Why a change sends a packet: to ask the card whether its admin code is right, to write the subscription, to write it again to a card
 * that was torn, to learn what the card holds and use up a higher counter, or to have its device read it anew.
 */
export type PacketPurpose = 'check' | 'write' | 'rewrite' | 'probe' | 'refresh';

/** One packet of one change, or of one reading of a card. */
export interface PacketId {
  /** Of the change; of a probe that belongs to no change, the id of the reading. */
  readonly changeId: string;
  readonly purpose: PacketPurpose;
  /** From 1; a change has one packet to check and one to write, and any number of the others. */
  readonly number: number;
}

export const checkOf = (changeId: string): PacketId => ({ changeId, purpose: 'check', number: 1 });
export const writeOf = (changeId: string): PacketId => ({ changeId, purpose: 'write', number: 1 });
export const probeOf = (changeId: string, number: number): PacketId => ({ changeId, purpose: 'probe', number });

export const rewriteOf = (changeId: string, number: number): PacketId => ({ changeId, purpose: 'rewrite', number });
export const refreshOf = (changeId: string, number: number): PacketId => ({ changeId, purpose: 'refresh', number });

/** The condition that names one packet, or the submissions of one. */
const isPacket = ({ changeId, purpose, number }: PacketId): RawBuilder<boolean> =>
  sql`change_id = ${changeId}::uuid and purpose = ${purpose} and number = ${number}`;

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
  readonly por_holds: NonNullable<ProofOfReceipt['holds']> | null;
}

/** A packet as it is made. */
interface NewPacket {
  readonly id: PacketId;
  /** How far its counter is to be above every one that was used for the card. */
  readonly margin: number;
  /** Over whose network it goes, which says to which number of the card; absent: that of the source, where the card is. */
  readonly over?: 'source' | 'target' | undefined;
  /** Why it is made, where that is a state of the change; may speak of the row `reservation`. */
  readonly recorded?: RawBuilder<boolean>;
  /** Without it the packet is not made; may speak of the card’s row. */
  readonly onlyIf?: RawBuilder<boolean>;
}

/**
 * Records why the packet is made and gives it its counter, both once: a repeated call finds the same row, also one that comes while
 * another makes it. The counter is stored before anything leaves, and never given twice (TS 102 225 §5.1.4). Resolves to nothing
 * when the card is not in the registry.
 */
export async function preparePacket(
  database: Database,
  step: Step,
  { purpose, smsc }: { readonly purpose: 'check' | 'write'; readonly smsc: string },
): Promise<PacketCase | undefined> {
  const { changeId, iccid } = step;
  // From here on the packet may leave: whatever happens then, the change names both subscriptions.
  const found = sql`jsonb_strip_nulls(jsonb_build_object('targetImsi', reservation.imsi))`;
  const recorded = stateRecorded(step, { ...STATE_OF[purpose](smsc), actor: 'system:ota-worker', found });
  return prepareOnce(database, iccid, { id: { changeId, purpose, number: 1 }, margin: 1, recorded });
}

/** The same for a probe, which is no state of the change. */
export const prepareProbe = (
  database: Database,
  { changeId, iccid, number }: Step & { readonly number: number },
): Promise<PacketCase | undefined> =>
  prepareOnce(database, iccid, { id: probeOf(changeId, number), margin: probeMargin(number) });

/** The same for a packet that has the device read the card anew. */
export const prepareRefresh = (
  database: Database,
  { changeId, iccid, number, over }: Step & { readonly number: number; readonly over?: 'target' },
): Promise<PacketCase | undefined> =>
  prepareOnce(database, iccid, { id: refreshOf(changeId, number), margin: 1, over });

/** The same for a packet that writes a torn card again; the card may be ahead by what it has run in part. */
export const prepareRewrite = (
  database: Database,
  { changeId, iccid, number }: Step & { readonly number: number },
): Promise<PacketCase | undefined> =>
  prepareOnce(database, iccid, { id: rewriteOf(changeId, number), margin: probeMargin(number), over: 'target' });

/**
 * The same for a probe of a reading, which is no change. Its counter is above that of every packet that was made, so one that a change
 * still waits for would not be run any more: the counter is given only while no change of the card is open, by the statement that
 * gives it. Resolves to nothing when one is, or the reading has ended.
 */
export const prepareReading = (
  database: Database,
  { readingId, iccid, number }: { readonly readingId: string; readonly iccid: string; readonly number: number },
): Promise<PacketCase | undefined> =>
  prepareOnce(database, iccid, {
    ...{ id: probeOf(readingId, number), margin: probeMargin(number) },
    onlyIf: sql`
      exists (select from card_readings where reading_id = ${readingId}::uuid and ended_at is null)
      and not exists (select from changes where changes.iccid = cards.iccid and not ended)`,
  });

/**
 * A card may be ahead of the registry, by packets that another system has sent: each probe goes twice as far beyond, since a counter
 * that was too low is answered by cards that answer at all.
 */
function probeMargin(number: number): number {
  return FIRST_MARGIN * 2 ** Math.min(number - 1, MOST_DOUBLINGS);
}
const FIRST_MARGIN = 16;
/** 16,384 at most: a card has a trillion counters, and those behind the margin are lost to it. */
const MOST_DOUBLINGS = 10;

/** The state that a packet is made in, and why. */
const STATE_OF: Readonly<Record<'check' | 'write', (smsc: string) => Pick<StateRecord, 'state' | 'cause'>>> = {
  check: (smsc) => ({
    state: 'checkingCard',
    cause: `the card is asked through ${smsc} whether its admin code is right`,
  }),
  write: (smsc) => ({ state: 'sending', cause: `one packet for ${smsc}` }),
};

async function prepareOnce(database: Database, iccid: string, packet: NewPacket): Promise<PacketCase | undefined> {
  // A row that another attempt made between the two halves of the statement is seen by the next one.
  return (await findOrMakePacket(database, iccid, packet)) ?? findOrMakePacket(database, iccid, packet);
}

async function findOrMakePacket(
  database: Database,
  iccid: string,
  { id, margin, over = 'source', recorded = sql`null`, onlyIf = sql`true` }: NewPacket,
): Promise<PacketCase | undefined> {
  const { changeId, purpose, number } = id;
  const { rows } = await sql<PacketCase>`
    with made as (
      insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state)
      select ${changeId}::uuid, ${purpose}, ${number}, iccid,
        coalesce((select msisdn from reservations where change_id = ${changeId}::uuid and ${over} = 'target'), msisdn),
        greatest(cntr, (select max(cntr) from packets where iccid = ${iccid})) + ${margin}::bigint, 'prepared'
      from cards where iccid = ${iccid} and ${onlyIf}
      on conflict (change_id, purpose, number) do nothing
      returning *
    ), counted as (
      update cards set cntr = greatest(cards.cntr, made.cntr) from made where cards.iccid = made.iccid
    ), packet as (
      select * from packets where ${isPacket(id)} union all select * from made
    )
    select card.iccid, card.kvn, card.profile, card.sealed_adm1, card.sealed_kic, card.sealed_kid,
      reservation.imsi, target.plmn, reservation.sealed_k, reservation.sealed_opc,
      coalesce(packet.msisdn, card.msisdn) as msisdn, packet.state, packet.cntr, packet.sealed_segments, packet.message_ids,
      packet.commands, packet.por_status, packet.por_status_word, packet.por_holds, ${recorded} as recorded
    from packet
      join cards card on card.iccid = packet.iccid
      left join reservations reservation on reservation.change_id = packet.change_id
      left join operators target on target.id = reservation.operator`.execute(database);
  return rows[0];
}

/** What a step that sends one more time needs to know of a packet. */
export interface SentPacket {
  readonly iccid: string;
  readonly msisdn: string;
  readonly state: PacketState;
  readonly sealed_segments: Buffer | null;
}

/** A packet with what was made of it so far; undefined when there is none. */
export async function findPacket(database: Database, id: PacketId): Promise<SentPacket | undefined> {
  const { rows } = await sql<SentPacket>`
    select iccid, msisdn, state, sealed_segments from packets where ${isPacket(id)}`.execute(database);
  return rows[0];
}

/** Whether the SMSC has taken all of a submission that the step with this sequence number made. */
export async function wasSubmitted(database: Database, id: PacketId, sequence: number): Promise<boolean> {
  const { rows } = await sql`
    select from packet_submissions where ${isPacket(id)} and sequence = ${sequence} and accepted_at is not null`.execute(
    database,
  );
  return rows.length > 0;
}

/** One submission of a packet to its SMSC. */
export interface SubmissionId extends PacketId {
  /** From 1, over all attempts and steps. */
  readonly submission: number;
}

/** The submission that begins with this change of the packet's row, noted under the sequence number of its step. */
const begun = (changed: RawBuilder<unknown>, sequence: number): RawBuilder<{ submission: number }> => sql`
  with packet as (${changed} returning change_id, purpose, number, submissions), begun as (
    insert into packet_submissions (change_id, purpose, number, submission, sequence)
    select change_id, purpose, number, submissions, ${sequence} from packet
  )
  select submissions as "submission" from packet`;

/**
 * The pivot: `prepared` becomes `sent` before the first segment leaves, unless `stopSending` came first. Resolves to this submission, or
 * to nothing when another was faster.
 */
export async function passPivot(
  database: Database,
  id: PacketId,
  packet: { readonly sealed: Buffer; readonly commands: number | null; readonly sequence: number },
): Promise<SubmissionId | undefined> {
  const { sealed, commands, sequence } = packet;
  const passed = sql`
    update packets set state = 'sent', sealed_segments = ${sealed}, commands = ${commands}, sent_at = now(), submissions = submissions + 1
    where ${isPacket(id)} and state = 'prepared'`;
  const { rows } = await begun(passed, sequence).execute(database);
  return rows[0] && { ...id, ...rows[0] };
}

/** Notes that a packet which may have left is submitted once more. Resolves to nothing when its pivot was taken back meanwhile. */
export async function submissionAgain(
  database: Database,
  id: PacketId,
  sequence: number,
): Promise<SubmissionId | undefined> {
  const again = sql`update packets set submissions = submissions + 1 where ${isPacket(id)} and state = 'sent'`;
  const { rows } = await begun(again, sequence).execute(database);
  return rows[0] && { ...id, ...rows[0] };
}

/**
 * Takes the pivot back: the SMSC has said of the only segment ever submitted that it did not take it. A submission that came after
 * the given one may have been taken, and keeps the pivot where it is.
 */
export async function retractPivot(database: Database, id: SubmissionId): Promise<void> {
  const { submission } = id;
  await sql`
    with retracted as (
      update packets set state = 'prepared'
      where ${isPacket(id)} and state = 'sent' and message_ids = '{}' and submissions = ${submission}
      returning change_id
    )
    delete from packet_submissions using retracted
    where packet_submissions.change_id = retracted.change_id and purpose = ${id.purpose} and number = ${id.number}
      and submission = ${submission}`.execute(database);
}

/** Notes as what the SMSC took the first segments of a submission that it did not take all of. */
export async function partTaken(database: Database, id: SubmissionId, messageIds: readonly string[]): Promise<void> {
  await sql`
    update packet_submissions set message_ids = ${messageIds}
    where ${isPacket(id)} and submission = ${id.submission}`.execute(database);
}

/** What the SMSC took: every segment of one submission. */
export interface Accepted {
  readonly submission: SubmissionId;
  readonly messageIds: readonly string[];
}

/** The statement that notes it, with what belongs to it. */
const taken = ({ submission, messageIds }: Accepted): RawBuilder<unknown> => sql`
  with accepted as (
    update packet_submissions set message_ids = ${messageIds}, accepted_at = now()
    where ${isPacket(submission)} and submission = ${submission.submission}
  ), packet as (
    update packets set message_ids = ${messageIds}, state = 'sent' where ${isPacket(submission)}
  )`;

/** Notes that the SMSC has taken every segment of a packet, where that is no state of the change. */
export async function submissionAccepted(database: Database, accepted: Accepted): Promise<void> {
  await sql`${taken(accepted)} select 1`.execute(database);
}

/** Notes that the SMSC has taken every segment of the subscription, and records `awaitingCard`. */
export async function packetAccepted(
  database: Database,
  step: Step,
  { smsc, targetImsi, ...accepted }: Accepted & { readonly smsc: string; readonly targetImsi: Imsi },
): Promise<void> {
  const { messageIds } = accepted;
  const recorded = stateRecorded(
    { changeId: step.changeId, sequence: step.sequence + 1 },
    {
      state: 'awaitingCard',
      cause: `${smsc} took ${String(messageIds.length)} segment(s) as ${messageIds.join(', ')}`,
      actor: `smsc:${smsc}`,
      data: { targetImsi },
    },
  );
  await sql`${taken(accepted)} select ${recorded}`.execute(database);
}
