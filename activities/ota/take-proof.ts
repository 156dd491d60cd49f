import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import type { Database } from '../database/database.ts';
import { PROOF_OF_RECEIPT } from '../events/cloud-event.ts';
import { stampOf } from '../events/proof-stamp.ts';
import { TOPICS } from '../events/topics.ts';
import type { SealedCardKeys } from '../registry/card-keys.ts';
import { profileOf, responseSecurityOf } from './build-packet.ts';
import type { PacketPurpose } from './packet-store.ts';
import { publishEvent } from './publish-event.ts';
import { refreshError, statusWordOf } from './script-result.ts';
import { NotOurs, type DeliveryDependencies } from './take-delivery.ts';

interface PacketInFlight extends SealedCardKeys {
  readonly profile: string;
  readonly change_id: string;
  readonly purpose: PacketPurpose;
  readonly cntr: number;
  readonly commands: number | null;
}

interface CardMessage {
  readonly sender: Msisdn;
  readonly userData: Uint8Array;
}

/** Verifies what a card answered, stores it with its packet if it is the card's, and publishes it; throws NotOurs and DecodeError. */
export async function takeProof(dependencies: DeliveryDependencies, { sender, userData }: CardMessage): Promise<void> {
  const { database, bus, smsc, index } = dependencies;
  const inFlight = await packetsInFlight(database, sender);
  const [newest] = inFlight;
  if (newest === undefined) throw new NotOurs(`no packet is in flight to the sender ${sender}`);
  const response = decodeResponsePacket(userData, await responseSecurityOf(newest, dependencies));
  const answered = inFlight.find((packet) => answers(response, packet, dependencies));
  const authenticated = response.authenticated && answered !== undefined;
  const packet = answered ?? newest;
  const said = saidBy(response, packet, dependencies);
  if (authenticated) {
    await keepAnswer(database, packet, said);
    tellOfRefresh(response, packet, dependencies);
  }
  const { cntr, tar } = response;
  const { change_id: changeId, iccid, purpose } = packet;
  const asked = purpose === 'check' && authenticated ? ({ purpose } as const) : {};
  const claim = { changeId, cntr, ...said, ...asked };
  await publishEvent(
    bus,
    { topic: TOPICS.deviceEvents, iccid },
    {
      id: `${changeId}/${fingerprint(userData)}`,
      source: `/smscs/${smsc}`,
      type: PROOF_OF_RECEIPT,
      data: { iccid, tar, ...claim, authenticated, ...(authenticated && { stamp: stampOf(index, claim) }) },
    },
  );
}

/**
 * The packets to this MSISDN, or to the card that was reserved this MSISDN, newest first: a PoR may come over either network. They are
 * all of one card, since one number is one card's at a time.
 */
async function packetsInFlight(database: Database, msisdn: Msisdn): Promise<readonly PacketInFlight[]> {
  const { rows } = await sql<PacketInFlight>`
    with newest as (
      select iccid from packets
      where state = 'sent' and (msisdn = ${msisdn} or change_id in (select change_id from reservations where msisdn = ${msisdn}))
      order by prepared_at desc limit 1
    )
    select packet.change_id, packet.purpose, packet.cntr, packet.commands,
      card.iccid, card.profile, card.kvn, card.sealed_adm1, card.sealed_kic, card.sealed_kid
    from newest join packets packet using (iccid) join cards card using (iccid)
    where packet.state = 'sent'
    order by packet.prepared_at desc limit 4`.execute(database);
  return rows;
}

/** Whether it answers that packet: another application of the card may be asked by anybody, with the counter of ours. */
const answers = (
  { cntr, tar }: DecodedResponse,
  packet: PacketInFlight,
  { profiles }: Pick<DeliveryDependencies, 'profiles'>,
): boolean => cntr === packet.cntr && tar === profileOf(profiles, packet).tar;

type Said = Pick<DecodedResponse, 'status'> & { readonly statusWord?: string };

function saidBy({ status, data }: DecodedResponse, packet: PacketInFlight, { profiles }: DeliveryDependencies): Said {
  if (status !== 'porOk') return { status };
  const statusWord = statusWordOf(data, { profile: profileOf(profiles, packet), commands: packet.commands ?? 1 });
  return { status, ...(statusWord !== undefined && { statusWord }) };
}

/** A card that wrote everything and could not do REFRESH is changed: its device reads it when it is next switched on. */
function tellOfRefresh(
  { status, data }: DecodedResponse,
  packet: PacketInFlight,
  { profiles, log }: DeliveryDependencies,
): void {
  const problem = status === 'porOk' ? refreshError(data, { profile: profileOf(profiles, packet) }) : undefined;
  if (problem === undefined) return;
  log('warn', `ICCID ${packet.iccid} says that it could not do REFRESH behind the commands that it ran: ${problem}`);
}

/** The first answer stays: what comes later may be that to a copy of the packet. */
async function keepAnswer(
  database: Database,
  { change_id: changeId, purpose }: PacketInFlight,
  { status, statusWord }: Said,
): Promise<void> {
  await sql`
    update packets set por_status = ${status}, por_status_word = ${statusWord ?? null}
    where change_id = ${changeId}::uuid and purpose = ${purpose} and por_status is null`.execute(database);
}

/** The same PoR delivered twice is the same event. */
const fingerprint = (userData: Uint8Array): string =>
  createHash('sha256').update(Buffer.from(userData).toString('hex')).digest('hex').slice(0, 16);
