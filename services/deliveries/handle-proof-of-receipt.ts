import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import { ANNOUNCEMENTS } from '../../workflows/change/card-answer.ts';
import type { ProofOfReceipt } from '../../workflows/shared/contract.ts';
import type { CountedAlarm } from '../alarms/counted-alarm.ts';
import type { Database } from '../../adapters/database/database.ts';
import { PROOF_OF_RECEIPT } from '../events/cloud-event.ts';
import { stampOf } from '../events/proof-stamp.ts';
import { TOPICS } from '../events/topics.ts';
import type { SealedCardKeys } from '../packets/card-keys.ts';
import { unblockUnlessTried } from '../packets/unproven-code.ts';
import { addresseeOf } from '../packets/target-application.ts';
import { profileOf, responseSecurityOf } from '../packets/build-packet.ts';
import { provesUnchanged } from '../packets/card-profiles.ts';
import { noteKeyRefusal } from './key-refusals.ts';
import type { PacketPurpose } from '../packets/packet-store.ts';
import { publishEvent } from './publish-event.ts';
import { heldImsi, type HeldImsi } from '../packets/read-back.ts';
import { refreshError, statusWordOf, type Sent } from '../packets/script-result.ts';
import { NotOurs, type DeliveryDependencies } from './dependencies.ts';

interface PacketInFlight extends SealedCardKeys {
  readonly profile: string;
  readonly change_id: string;
  readonly purpose: PacketPurpose;
  readonly number: number;
  readonly cntr: number;
  readonly commands: number | null;
  /** The subscriptions that the card had when the change began, and that it is to get. */
  readonly source_imsi: Imsi | null;
  readonly target_imsi: Imsi | null;
  /** It is a probe of a reading, which belongs to no change. */
  readonly is_reading: boolean;
  /** The highest counter of a packet of the same change that writes the subscription. */
  readonly write_cntr: number | null;
}

interface CardMessage {
  readonly sender: Msisdn;
  readonly userData: Uint8Array;
}

/**
 * Verifies what a card answered, stores it with its packet if it is the card's, and publishes it; throws NotOurs and DecodeError. The answer
 * to a reading is only stored, where the reading looks for it.
 */
export async function handleProofOfReceipt(
  dependencies: DeliveryDependencies & { readonly alarm: CountedAlarm },
  { sender, userData }: CardMessage,
): Promise<void> {
  const { database, bus, smsc, index } = dependencies;
  const inFlight = await packetsInFlight(database, sender);
  const [newest] = inFlight;
  if (newest === undefined) throw new NotOurs(`no packet is in flight to the sender ${sender}`);
  const response = decodeResponsePacket(userData, await responseSecurityOf(newest, dependencies));
  const answered = inFlight.find((packet) => answers(response, packet, dependencies));
  const authenticated = response.authenticated && answered !== undefined;
  const packet = answered ?? newest;
  if (authenticated && packet.is_reading) await keepHeld(database, packet, heldBy(response, packet, dependencies));
  const holds = authenticated ? heldAfter(response, packet, dependencies) : undefined;
  const said = { ...saidBy(response, packet, dependencies), ...(holds !== undefined && { holds }) };
  if (authenticated) {
    await keepAnswer(database, packet, said);
    if (packet.purpose === 'check' || packet.purpose === 'write' || packet.purpose === 'rewrite')
      await unblockUnlessTried({ changeId: packet.change_id, iccid: packet.iccid }).execute(database);
    tellOfRefresh(response, packet, dependencies);
  }
  // A card that has other keys can't say of which packet it speaks, nor sign it so that we could tell.
  await noteKeyRefusal(dependencies, { ...packet, changeId: packet.change_id }, response.status);
  if (packet.is_reading) return;
  const { cntr, tar } = response;
  const { change_id: changeId, iccid, purpose, number } = packet;
  const which = purpose === 'rewrite' ? { number } : {};
  const asked = purpose !== 'write' && authenticated ? ({ purpose, ...which } as const) : {};
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
    select packet.change_id, packet.purpose, packet.number, packet.cntr, packet.commands,
      card.iccid, card.profile, card.kvn, card.sealed_adm1, card.sealed_kic, card.sealed_kid,
      change.source_imsi, reservation.imsi as target_imsi, writing.cntr as write_cntr, reading.reading_id is not null as is_reading
    from newest
      join lateral (
        select *, row_number() over (partition by purpose in ('check', 'write') order by prepared_at desc) as place
        from packets where packets.iccid = newest.iccid and state = 'sent'
      ) packet on packet.place <= ${NEWEST}
      join cards card on card.iccid = newest.iccid
      left join changes change on change.change_id = packet.change_id
      left join card_readings reading on reading.reading_id = packet.change_id
      left join reservations reservation on reservation.change_id = packet.change_id
      left join lateral (
        select max(cntr) as cntr from packets where change_id = packet.change_id and purpose in ('write', 'rewrite')
      ) writing on true
    order by packet.prepared_at desc`.execute(database);
  return rows;
}

/** So many packets of a card, and so many besides of those that a change may have any number of, may still be answered. */
const NEWEST = 8;

/** Whether it answers that packet: another application of the card may be asked by anybody, with the counter of ours. */
const answers = (
  { cntr, tar }: DecodedResponse,
  packet: PacketInFlight,
  { profiles }: Pick<DeliveryDependencies, 'profiles'>,
): boolean => cntr === packet.cntr && tar === addresseeOf(profileOf(profiles, packet), packet.purpose).tar;

type Said = Pick<ProofOfReceipt, 'status' | 'statusWord' | 'holds'>;

function saidBy({ status, data }: DecodedResponse, packet: PacketInFlight, { profiles }: DeliveryDependencies): Said {
  if (status !== 'porOk') return { status };
  const statusWord = statusWordOf(data, sentAs(packet, profiles));
  return { status, ...(statusWord !== undefined && { statusWord }) };
}

const sentAs = (packet: PacketInFlight, profiles: DeliveryDependencies['profiles']): Sent => ({
  ...addresseeOf(profileOf(profiles, packet), packet.purpose),
  commands: packet.commands ?? 1,
});

/**
 * Which subscription a card has read back behind a probe. The old one counts only where it is proof: the card has counted past the
 * packet that writes the new one, so that it will never run that any more, and has not run a part of it.
 */
function heldAfter(
  response: DecodedResponse,
  packet: PacketInFlight,
  dependencies: DeliveryDependencies,
): ProofOfReceipt['holds'] {
  const imsi = heldBy(response, packet, dependencies);
  if (imsi === undefined || packet.is_reading) return undefined;
  if (imsi === packet.target_imsi) return 'target';
  if (imsi !== packet.source_imsi) return 'another';
  const isPast = packet.write_cntr !== null && packet.write_cntr < packet.cntr;
  return isPast && provesUnchanged(profileOf(dependencies.profiles, packet)) ? 'source' : undefined;
}

/** What EF.IMSI held when the probe was run, if that was read. */
function heldBy(
  { status, data }: DecodedResponse,
  packet: PacketInFlight,
  { profiles }: DeliveryDependencies,
): HeldImsi | undefined {
  const { readBack } = profileOf(profiles, packet);
  if (packet.purpose !== 'probe' || status !== 'porOk' || readBack === 'none') return undefined;
  return heldImsi(data, sentAs(packet, profiles));
}

/** Before the answer itself is kept, so that who sees the one sees the other. */
async function keepHeld(database: Database, { change_id: readingId }: PacketInFlight, held?: HeldImsi): Promise<void> {
  if (held === undefined) return;
  await sql`
    update card_readings set held = ${held} where reading_id = ${readingId}::uuid and held is null`.execute(database);
}

/** A card that wrote everything and could not do REFRESH is changed: its device reads it when it is next switched on. */
function tellOfRefresh(
  { status, data }: DecodedResponse,
  packet: PacketInFlight,
  { profiles, log }: DeliveryDependencies,
): void {
  const problem = status === 'porOk' ? refreshError(data, sentAs(packet, profiles)) : undefined;
  if (problem === undefined) return;
  log('warn', `ICCID ${packet.iccid} says that it could not do REFRESH behind the commands that it ran: ${problem}`);
}

/**
 * The first answer stays: what comes later may be that to a copy of the packet. Only that the packet was run outdoes a refusal, which
 * may have been that of a copy and have come first.
 */
async function keepAnswer(
  database: Database,
  { change_id: changeId, purpose, number }: PacketInFlight,
  { status, statusWord, holds }: Said,
): Promise<void> {
  if (ANNOUNCEMENTS.includes(status)) return;
  await sql`
    update packets set por_status = ${status}, por_status_word = ${statusWord ?? null}, por_holds = ${holds ?? null},
      por_at = now()
    where change_id = ${changeId}::uuid and purpose = ${purpose} and number = ${number}
      and (por_status is null or (por_status <> 'porOk' and ${status} = 'porOk'))`.execute(database);
}

/** The same PoR delivered twice is the same event. */
const fingerprint = (userData: Uint8Array): string =>
  createHash('sha256').update(Buffer.from(userData).toString('hex')).digest('hex').slice(0, 16);
