import { sql } from 'kysely';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { CHANGE_REQUEST_SPI, CHANGE_REQUEST_TAR, decodeChangeRequest } from '../../telecom/ota/change-request.ts';
import { decodeCommandPacket, type DecodedCommand } from '../../telecom/ota/command-packet.ts';
import { encodeSpi } from '../../telecom/ota/spi.ts';
import { parseUserDataHeader } from '../../telecom/sms/user-data-header.ts';
import type { Database } from '../../adapters/database/database.ts';
import { CHANGE_REQUESTED } from '../events/cloud-event.ts';
import { requestStampOf } from '../events/proof-stamp.ts';
import { TOPICS } from '../events/topics.ts';
import { openCardKeys, type SealedCardKeys } from '../packets/card-keys.ts';
import { profileOf } from '../packets/build-packet.ts';
import { publishEvent } from './publish-event.ts';
import { NotOurs, type DeliveryDependencies } from './dependencies.ts';

const REQUEST_SPI = toHex(encodeSpi(CHANGE_REQUEST_SPI));

interface AskingCard extends SealedCardKeys {
  readonly profile: string;
  /** The last counter of a request of this card. */
  readonly request_cntr: number;
}

/**
 * Verifies a request that a card sent by itself, and publishes it to `subscription.requests`. The request's id comes from the card and
 * its counter, so that a message delivered twice is one request; an older counter is a replay. Throws NotOurs and DecodeError.
 */
export async function handleChangeRequest(
  dependencies: DeliveryDependencies,
  { sender, userData }: { readonly sender: Msisdn; readonly userData: Uint8Array },
): Promise<void> {
  const { smsc, database, bus, index } = dependencies;
  const card = await cardOf(database, sender);
  if (card === undefined) throw new NotOurs(`no card is registered with the number of the sender ${sender}`);
  const { header, data } = await verified(dependencies, card, parseUserDataHeader(userData).payload);
  const { iccid } = card;
  const { cntr } = header;
  if (cntr < card.request_cntr)
    throw new NotOurs(`ICCID ${iccid} has sent a later request than this one with counter ${String(cntr)}`);
  const { target: plmn } = decodeChangeRequest(data);
  const target = await operatorOf(database, plmn);
  if (target === undefined)
    throw new NotOurs(`ICCID ${iccid} asks for network ${plmn}, which is no registered operator's`);
  const requestId = `device/${iccid}/${String(cntr)}`;
  const claim = { iccid, target, requestId };
  await publishEvent(
    bus,
    { topic: TOPICS.requests, iccid },
    {
      id: requestId,
      source: `/smscs/${smsc}`,
      type: CHANGE_REQUESTED,
      data: { ...claim, stamp: requestStampOf(index, claim) },
    },
  );
  await sql`update cards set request_cntr = greatest(request_cntr, ${cntr}) where iccid = ${iccid}`.execute(database);
}

async function cardOf(database: Database, msisdn: Msisdn): Promise<AskingCard | undefined> {
  const { rows } = await sql<AskingCard>`
    select iccid, profile, request_cntr, kvn, sealed_adm1, sealed_kic, sealed_kid from cards where msisdn = ${msisdn}`.execute(
    database,
  );
  return rows[0];
}

/** A forged packet, or one that is protected less than a request has to be, is nobody's request. */
async function verified(
  { vault, profiles }: DeliveryDependencies,
  card: AskingCard,
  packet: Uint8Array,
): Promise<DecodedCommand> {
  const keys = await openCardKeys(card, vault);
  const { macLength, algorithm } = profileOf(profiles, card);
  const command = decodeCommandPacket(packet, keys, { macLength });
  const { spi, tar, kic, kid } = command.header;
  const isRequest = tar === CHANGE_REQUEST_TAR && toHex(encodeSpi(spi)) === REQUEST_SPI;
  if (!isRequest) throw new NotOurs(`the packet of ICCID ${card.iccid} is no change request`);
  if (!command.integrityOk || kic.kvn !== card.kvn || kid.kvn !== card.kvn)
    throw new NotOurs(`the request in the name of ICCID ${card.iccid} is not signed by that card`);
  if (kic.algorithm !== algorithm || kid.algorithm !== algorithm)
    throw new NotOurs(`the request in the name of ICCID ${card.iccid} is under another algorithm than that card has`);
  return command;
}

async function operatorOf(database: Database, plmn: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from operators where plmn = ${plmn}`.execute(database);
  return rows[0]?.id;
}
