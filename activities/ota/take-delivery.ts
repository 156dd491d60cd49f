import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import { plainText } from '../../workflows/plain-text.ts';
import type { EventBus } from '../adapters/kafka/event-bus.ts';
import type { Delivery } from '../adapters/smsc/protocol.ts';
import type { Database } from '../database/database.ts';
import { CLOUD_EVENT_CONTENT_TYPE, DELIVERY_RECEIPT, PROOF_OF_RECEIPT, cloudEvent } from '../events/cloud-event.ts';
import { stampOf } from '../events/proof-stamp.ts';
import { TOPICS, deadLettersOf } from '../events/topics.ts';
import type { SealedCardKeys } from '../registry/card-keys.ts';
import type { CardIndex } from '../vault/card-index.ts';
import type { Vault } from '../vault/vault.ts';
import { responseSecurityOf } from './build-packet.ts';

/** Number of commands (1), status word (2): TS 102 226 §5.1.2. */
const SHORTEST_RESPONSE = 3;

export interface DeliveryDependencies {
  readonly smsc: string;
  readonly database: Database;
  readonly vault: Vault;
  readonly bus: EventBus;
  readonly index: CardIndex;
}

interface PacketInFlight extends SealedCardKeys {
  readonly profile: string;
  readonly change_id: string;
  readonly cntr: number;
}

/**
 * Takes what the SMSC delivers: a receipt is noted, a PoR is verified with the card's keys and published to `device.events`.
 * Resolves once the event is in Kafka; a delivery that can't be understood goes to the dead letters, octet for octet.
 */
export const takeDelivery =
  (dependencies: DeliveryDependencies) =>
  async (delivery: Delivery): Promise<void> => {
    if (delivery.kind === 'receipt') await takeReceipt(dependencies, delivery);
    else if (delivery.kind === 'message') await takeMessage(dependencies, delivery);
    else await deadLetter(dependencies, { key: null, octets: delivery.pdu }, delivery.reason);
  };

type Receipt = Extract<Delivery, { kind: 'receipt' }>;
type Message = Extract<Delivery, { kind: 'message' }>;

async function takeMessage(dependencies: DeliveryDependencies, message: Message): Promise<void> {
  const letter = { key: message.source, octets: message.userData };
  try {
    const sender = parseMsisdn(message.source);
    const packet = await packetInFlight(dependencies.database, sender);
    if (packet === undefined) {
      await deadLetter(dependencies, letter, `no packet is in flight to the sender ${sender}`);
      return;
    }
    const security = await responseSecurityOf(packet, dependencies.vault);
    const response = decodeResponsePacket(fromHex(message.userData, 'user data'), security);
    await publishProof(dependencies, message, { packet, response });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    await deadLetter(dependencies, letter, `${cause.field}: ${cause.message}`);
  }
}

/** The newest packet that went to this MSISDN, or to the card that was reserved this MSISDN: a PoR may come over either network. */
async function packetInFlight(database: Database, msisdn: Msisdn): Promise<PacketInFlight | undefined> {
  const { rows } = await sql<PacketInFlight>`
    select packet.change_id, packet.cntr, card.iccid, card.profile, card.kvn, card.sealed_adm1, card.sealed_kic, card.sealed_kid
    from packets packet join cards card using (iccid)
    where packet.state = 'sent'
      and (packet.msisdn = ${msisdn} or packet.change_id in (select change_id from reservations where msisdn = ${msisdn}))
    order by packet.prepared_at desc limit 1`.execute(database);
  return rows[0];
}

/** Notes the receipt with the packet whose segment it is for. One for nothing of ours is dropped. */
async function takeReceipt({ smsc, database, bus }: DeliveryDependencies, receipt: Receipt): Promise<void> {
  const { rows } = await sql<{ change_id: string; iccid: string }>`
    update packets set receipt = ${receipt.state}
    where change_id = (
      select change_id from packets
      where msisdn = ${receipt.destination} and state = 'sent' and (message_ids = '{}' or ${receipt.messageId} = any(message_ids))
      order by prepared_at desc limit 1
    )
    returning change_id, iccid`.execute(database);
  const [packet] = rows;
  if (packet === undefined) return;
  await publish(bus, packet.iccid, {
    id: `${smsc}/${receipt.messageId}/${receipt.state}`,
    source: `/smscs/${smsc}`,
    type: DELIVERY_RECEIPT,
    data: { iccid: packet.iccid, changeId: packet.change_id, messageId: receipt.messageId, state: receipt.state },
  });
}

async function publishProof(
  { smsc, bus, index }: DeliveryDependencies,
  delivery: Message,
  { packet, response }: { readonly packet: PacketInFlight; readonly response: DecodedResponse },
): Promise<void> {
  const { cntr, status, tar } = response;
  const statusWord = status === 'porOk' ? lastStatusWord(response.data) : undefined;
  const authenticated = response.authenticated && cntr === packet.cntr;
  const claim = { changeId: packet.change_id, cntr, status, statusWord };
  await publish(bus, packet.iccid, {
    id: `${packet.change_id}/${fingerprint(delivery.userData)}`,
    source: `/smscs/${smsc}`,
    type: PROOF_OF_RECEIPT,
    data: {
      ...{ iccid: packet.iccid, changeId: packet.change_id, tar, cntr, status },
      ...(statusWord !== undefined && { statusWord }),
      authenticated,
      ...(authenticated && { stamp: stampOf(index, claim) }),
    },
  });
}

/** The status word of the last command; nothing when the card ran none, or its answer is cut short. */
function lastStatusWord(data: Uint8Array): string | undefined {
  if (data.length < SHORTEST_RESPONSE) return undefined;
  const { commands, statusWord } = decodeCompactResponse(data);
  return commands > 0 ? statusWord : undefined;
}

async function publish(
  bus: EventBus,
  iccid: string,
  event: { readonly id: string; readonly source: string; readonly type: string; readonly data: object },
): Promise<void> {
  const value = JSON.stringify(cloudEvent({ ...event, subject: iccid, time: new Date().toISOString() }));
  await bus.publish(TOPICS.deviceEvents, [
    { key: iccid, value, headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE } },
  ]);
}

async function deadLetter(
  { smsc, bus }: DeliveryDependencies,
  { key, octets }: { readonly key: string | null; readonly octets: string },
  reason: string,
): Promise<void> {
  await bus.publish(deadLettersOf(TOPICS.deviceEvents), [
    {
      key,
      value: Buffer.from(octets, 'hex'),
      headers: { 'x-reason': plainText(reason), 'x-source': `/smscs/${smsc}` },
    },
  ]);
}

/** The same PoR delivered twice is the same event. */
const fingerprint = (userData: string): string => createHash('sha256').update(userData).digest('hex').slice(0, 16);
