import { sql } from 'kysely';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { isSameMessageId, isSameMessageNumber } from '../../telecom/smpp/delivery-receipt.ts';
import type { Delivery } from '../adapters/smsc/protocol.ts';
import type { Database } from '../database/database.ts';
import { DELIVERY_RECEIPT } from '../events/cloud-event.ts';
import { TOPICS } from '../events/topics.ts';
import type { PacketPurpose } from './packet-store.ts';
import { publishEvent } from './publish-event.ts';
import type { DeliveryDependencies } from './take-delivery.ts';

/** A card has at most two packets a change, and a receipt of an earlier change tells nobody anything. */
const NEWEST = 4;
/** Of printable ASCII characters, as many as receipted_message_id has octets (SMPP 3.4 §5.3.2.12). */
const MESSAGE_ID = /^[\x20-\x7e]{1,65}$/;
/** More than the segments of a packet: 255, each under the id of the answer and, in another base, that of the receipt. */
const MOST_RECEIPTS = 600;

type Receipt = Extract<Delivery, { kind: 'receipt' }>;

interface SentPacket {
  readonly changeId: string;
  readonly purpose: PacketPurpose;
  readonly iccid: string;
  readonly messageIds: readonly string[];
}

/**
 * Notes the receipt with the packet whose segment it is for; one for nothing of ours, or whose id is none, is dropped. It may come before the SMSC's answer to
 * the segment, and name the segment in another base than that answer did.
 */
export async function takeReceipt({ smsc, database, bus }: DeliveryDependencies, receipt: Receipt): Promise<void> {
  const { messageId, destination, state } = receipt;
  if (!MESSAGE_ID.test(messageId)) return;
  const packets = await sentTo(database, numberOf(destination));
  const named = (isNamed: typeof isSameMessageId) =>
    packets.find(({ messageIds }) => messageIds.some((id) => isNamed(id, messageId)));
  const packet =
    named(isSameMessageId) ?? named(isSameMessageNumber) ?? packets.find(({ messageIds }) => messageIds.length === 0);
  if (packet === undefined) return;
  const { changeId, purpose, iccid } = packet;
  await sql`
    update packets set receipts = receipts || ${JSON.stringify({ [messageId]: state })}::jsonb
    where change_id = ${changeId}::uuid and purpose = ${purpose}
      and (receipts ? ${messageId} or (select count(*) from jsonb_object_keys(receipts)) < ${MOST_RECEIPTS})`.execute(
    database,
  );
  await publishEvent(
    bus,
    { topic: TOPICS.deviceEvents, iccid },
    {
      id: `${smsc}/${messageId}/${state}`,
      source: `/smscs/${smsc}`,
      type: DELIVERY_RECEIPT,
      data: { iccid, changeId, messageId, state },
    },
  );
}

/** The number as packets have it; an address that is none is of no packet. */
function numberOf(address: string): string {
  try {
    return parseMsisdn(address);
  } catch (cause) {
    if (cause instanceof DecodeError) return address;
    throw cause;
  }
}

async function sentTo(database: Database, msisdn: string): Promise<readonly SentPacket[]> {
  const { rows } = await sql<SentPacket>`
    select change_id as "changeId", purpose, iccid, message_ids as "messageIds" from packets
    where msisdn = ${msisdn} and state = 'sent' order by prepared_at desc limit ${NEWEST}`.execute(database);
  return rows;
}
