import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { DecodeError } from '../../telecom/decode-error.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import type { EventBus } from '../adapters/kafka/event-bus.ts';
import type { Delivery } from '../adapters/smsc/protocol.ts';
import type { Database } from '../database/database.ts';
import { CLOUD_EVENT_CONTENT_TYPE, DELIVERY_RECEIPT, PROOF_OF_RECEIPT, cloudEvent } from '../events/cloud-event.ts';
import { TOPICS, deadLettersOf } from '../events/topics.ts';
import type { SealedCardKeys } from '../registry/card-keys.ts';
import type { Vault } from '../vault/vault.ts';
import { responseSecurityOf } from './build-packet.ts';

export interface DeliveryDependencies {
  readonly smsc: string;
  readonly database: Database;
  readonly vault: Vault;
  readonly bus: EventBus;
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
    else await takeMessage(dependencies, delivery);
  };

type Receipt = Extract<Delivery, { kind: 'receipt' }>;
type Message = Extract<Delivery, { kind: 'message' }>;

async function takeMessage(dependencies: DeliveryDependencies, message: Message): Promise<void> {
  const packet = await packetInFlight(dependencies.database, message.source);
  if (packet === undefined) {
    await deadLetter(dependencies, message, `no packet is in flight to the sender ${message.source}`);
    return;
  }
  try {
    const security = await responseSecurityOf(packet, dependencies.vault);
    const response = decodeResponsePacket(fromHex(message.userData, 'user data'), security);
    await publishProof(dependencies, message, { packet, response });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    await deadLetter(dependencies, message, `${cause.field}: ${cause.message}`);
  }
}

/** The newest packet that went to this MSISDN, or to the card that was reserved this MSISDN: a PoR may come over either network. */
async function packetInFlight(database: Database, msisdn: string): Promise<PacketInFlight | undefined> {
  const { rows } = await sql<PacketInFlight>`
    select packet.change_id, packet.cntr, card.iccid, card.profile, card.kvn, card.sealed_adm1, card.sealed_kic, card.sealed_kid
    from packets packet join cards card using (iccid)
    where packet.state = 'sent'
      and (packet.msisdn = ${msisdn} or packet.change_id in (select change_id from reservations where msisdn = ${msisdn}))
    order by packet.prepared_at desc limit 1`.execute(database);
  return rows[0];
}

/** Notes the receipt with the packet whose segment it is for. One for nothing of ours, or from before a crash, is dropped. */
async function takeReceipt({ smsc, database, bus }: DeliveryDependencies, receipt: Receipt): Promise<void> {
  const { rows } = await sql<{ change_id: string; iccid: string }>`
    update packets set receipt = ${receipt.state}
    where change_id = (
      select change_id from packets where msisdn = ${receipt.destination} and state = 'sent' order by prepared_at desc limit 1
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
  { smsc, bus }: DeliveryDependencies,
  delivery: Message,
  { packet, response }: { readonly packet: PacketInFlight; readonly response: DecodedResponse },
): Promise<void> {
  const { cntr, status, tar, authenticated, data } = response;
  const answersThisPacket = cntr === packet.cntr;
  const statusWord = status === 'porOk' && data.length > 0 ? decodeCompactResponse(data).statusWord : undefined;
  await publish(bus, packet.iccid, {
    id: `${packet.change_id}/${fingerprint(delivery.userData)}`,
    source: `/smscs/${smsc}`,
    type: PROOF_OF_RECEIPT,
    data: {
      ...{ iccid: packet.iccid, changeId: packet.change_id, tar, cntr, status },
      ...(statusWord !== undefined && { statusWord }),
      authenticated: authenticated && answersThisPacket,
    },
  });
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

async function deadLetter({ smsc, bus }: DeliveryDependencies, delivery: Message, reason: string): Promise<void> {
  await bus.publish(deadLettersOf(TOPICS.deviceEvents), [
    {
      key: delivery.source,
      value: Buffer.from(delivery.userData, 'hex'),
      headers: { 'x-reason': reason, 'x-source': `/smscs/${smsc}` },
    },
  ]);
}

/** The same PoR delivered twice is the same event. */
const fingerprint = (userData: string): string => createHash('sha256').update(userData).digest('hex').slice(0, 16);
