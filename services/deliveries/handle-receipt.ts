import { sql } from 'kysely';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { FINAL_FAILURE_STATES, isFinal } from '../../adapters/smsc/final-failure-states.ts';
import type { Delivery } from '../../adapters/smsc/protocol.ts';
import type { Database } from '../../adapters/database/database.ts';
import { DELIVERY_FAILED, DELIVERY_RECEIPT } from '../events/cloud-event.ts';
import { failureStampOf } from '../events/proof-stamp.ts';
import { TOPICS } from '../events/topics.ts';
import { unblockUnlessTried } from '../packets/unproven-code.ts';
import type { PacketId } from '../packets/packet-store.ts';
import { publishEvent } from './publish-event.ts';
import { segmentNamed } from './receipted-segment.ts';
import type { DeliveryDependencies } from './dependencies.ts';

/** A receipt of an earlier change tells nobody anything; those that a change may have any number of are counted apart from the two that it has one of. */
const NEWEST = 4;
/** Of printable ASCII characters, as many as receipted_message_id has octets (SMPP 3.4 §5.3.2.12). */
const MESSAGE_ID = /^[\x20-\x7e]{1,65}$/;
/** More than the segments of a packet: 255, each under the id of the answer and, in another base, that of the receipt. */
const MOST_RECEIPTS = 600;

type Receipt = Extract<Delivery, { kind: 'receipt' }>;

interface SentPacket extends PacketId {
  readonly iccid: string;
  /** The number of the packet's last submission. */
  readonly newest: number;
  /** The card has answered the packet. */
  readonly answered: boolean;
  /** Newest first. */
  readonly submissions: readonly { readonly submission: number; readonly messageIds: readonly string[] }[];
}

/** One submission of a packet, the one that a receipt is for. */
interface Receipted {
  readonly packet: SentPacket;
  readonly submission: number;
}

/**
 * Notes the receipt with the packet whose segment it is for; one for nothing of ours, or whose id is none, is dropped. It may come
 * before the SMSC's answer to the segment, and name the segment in another base than that answer did. That the SMSC has given up the
 * last submission of the packet which writes the subscription is an event of its own; that a segment arrived is no more than a hint.
 */
export async function handleReceipt(dependencies: DeliveryDependencies, receipt: Receipt): Promise<void> {
  const { database } = dependencies;
  const { messageId, destination, state } = receipt;
  if (!MESSAGE_ID.test(messageId)) return;
  const receipted = receiptedBy(messageId, await sentTo(database, numberOf(destination)));
  if (receipted === undefined) return;
  const { changeId, purpose, number } = receipted.packet;
  const said = sql`${JSON.stringify({ [messageId]: state })}::jsonb`;
  // What is final stays so, whatever word of the way comes behind it.
  await sql`
    update packets set receipts = ${isFinal(state) ? sql`receipts || ${said}` : sql`${said} || receipts`}
    where change_id = ${changeId}::uuid and purpose = ${purpose} and number = ${number}
      and (receipts ? ${messageId} or (select count(*) from jsonb_object_keys(receipts)) < ${MOST_RECEIPTS})`.execute(
    database,
  );
  if (FINAL_FAILURE_STATES.includes(state) && purpose !== 'probe')
    await unblockUnlessTried(receipted.packet).execute(database);
  await tell(dependencies, receipt, receipted);
}

function receiptedBy(messageId: string, packets: readonly SentPacket[]): Receipted | undefined {
  const submissions = packets.flatMap((packet) =>
    packet.submissions.map(({ submission, messageIds }) => ({ packet, submission, messageIds })),
  );
  return (
    segmentNamed(messageId, submissions)?.submission ?? submissions.find(({ messageIds }) => messageIds.length === 0)
  );
}

async function tell(
  { smsc, bus, index }: DeliveryDependencies,
  { messageId, state }: Receipt,
  { packet, submission }: Receipted,
): Promise<void> {
  const { changeId, purpose, iccid, newest, answered } = packet;
  const source = `/smscs/${smsc}`;
  await publishEvent(
    bus,
    { topic: TOPICS.deviceEvents, iccid },
    {
      ...{ id: `${smsc}/${messageId}/${state}`, source, type: DELIVERY_RECEIPT },
      data: { iccid, changeId, messageId, state },
    },
  );
  // What was submitted again since may still arrive, and a packet that the card has answered did.
  if (!FINAL_FAILURE_STATES.includes(state) || purpose !== 'write' || submission !== newest || answered) return;
  const claim = { changeId, submission };
  await publishEvent(
    bus,
    { topic: TOPICS.deviceEvents, iccid },
    {
      ...{ id: `${changeId}/delivery-failed/${String(submission)}`, source, type: DELIVERY_FAILED },
      data: { iccid, ...claim, messageId, state, stamp: failureStampOf(index, claim) },
    },
  );
}

/** The number as packets have it; an address that is none is of no packet. */
export function numberOf(address: string): string {
  try {
    return parseMsisdn(address);
  } catch (cause) {
    if (cause instanceof DecodeError) return address;
    throw cause;
  }
}

async function sentTo(database: Database, msisdn: string): Promise<readonly SentPacket[]> {
  const { rows } = await sql<SentPacket>`
    select packet.change_id as "changeId", packet.purpose, packet.number, packet.iccid, packet.submissions as newest,
      coalesce(packet.por_status = 'porOk', false) as answered, history.submissions as "submissions"
    from (
      select *, row_number() over (partition by purpose in ('check', 'write') order by prepared_at desc) as place
      from packets where msisdn = ${msisdn} and state = 'sent'
    ) packet
      join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('submission', submission, 'messageIds', message_ids) order by submission desc), '[]')
          as submissions
        from packet_submissions where change_id = packet.change_id and purpose = packet.purpose and number = packet.number
      ) history on true
    where packet.place <= ${NEWEST}
    order by packet.prepared_at desc`.execute(database);
  return rows;
}
