import { toHex } from '../../telecom/octets/hex.ts';
import { encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { encodeCpaCommand } from '../../telecom/ota/cpa-command.ts';
import {
  adminCodeScript,
  refreshScript,
  subscriptionScript,
  type RemoteFileScript,
} from '../../telecom/ota/remote-file-script.ts';
import type { ResponseSecurity } from '../../telecom/ota/response-packet.ts';
import { Secret } from '../../telecom/secret.ts';
import { segmentCommandPacket } from '../../telecom/sms/segments.ts';
import type { Subscription } from '../../telecom/uicc/personalization.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { openCardKeys, type CardKeys, type SealedCardKeys } from './card-keys.ts';
import type { Place } from '../../adapters/vault/seal.ts';
import type { Vault } from '../../adapters/vault/vault.ts';
import { addresseeOf } from './target-application.ts';
import type { CardProfile, CardProfiles } from './card-profiles.ts';
import type { PacketCase, PacketId } from './packet-store.ts';
import { probeScript } from './read-back.ts';

const segmentsPlace = ({ changeId, purpose, number }: PacketId): Place => ({
  table: 'packets',
  column: 'sealed_segments',
  row: {
    write: changeId,
    check: `${changeId}/check`,
    rewrite: `${changeId}/rewrite/${String(number)}`,
    probe: `${changeId}/probe/${String(number)}`,
    refresh: `${changeId}/refresh/${String(number)}`,
  }[purpose],
});
const reservationPlace = (changeId: string, column: string): Place => ({
  table: 'reservations',
  column,
  row: changeId,
});

/** The highest counter blocks the key set for good (ETSI TS 102 225 §5.1.4). */
const BLOCKED_CNTR = 2 ** 40 - 1;

/** What opens the secrets of cards, and says how each kind of card wants its packets. */
export interface PacketTools {
  readonly vault: Vault;
  readonly profiles: CardProfiles;
}

/** A packet that is ready to be sent. */
export interface BuiltPacket {
  /** The user data of its messages in hex, which only ever leave this process sealed or sent. */
  readonly segments: Secret<readonly string[]>;
  /** How many commands the card answers for. */
  readonly commands: number;
}

/** Builds one packet of a change from the card's profile and keys, and for the subscription from what is reserved. */
export async function buildPacket(id: PacketId, packet: PacketCase, tools: PacketTools): Promise<BuiltPacket> {
  const { iccid, cntr } = packet;
  const profile = profileOf(tools.profiles, packet);
  if (cntr === null)
    throw failure('INVARIANT_BROKEN', `change ${id.changeId} of ICCID ${iccid} has a packet without a counter`);
  if (cntr >= BLOCKED_CNTR)
    throw failure('KEYSET_UNUSABLE', `the counters of key set ${String(packet.kvn)} of ICCID ${iccid} are used up`);
  const keys = await openCardKeys(packet, tools.vault);
  const { data, commands } = await scriptOf(id, { packet, profile, keys }, tools.vault);
  const { macLength, maxSegments, layout, referenceBits } = profile;
  const { tar } = addresseeOf(profile, id.purpose);
  const header = { ...securityOf(profile, keys), tar, cntr };
  const octets = encodeCommandPacket({ header, data, keys, macLength });
  const reference = cntr % 2 ** referenceBits;
  const segments = segmentCommandPacket(octets, { reference, referenceBits, layout });
  if (segments.length > maxSegments) {
    throw failure(
      'KEYSET_UNUSABLE',
      `the packet for ICCID ${iccid} needs ${String(segments.length)} segments, its profile ${packet.profile} allows ${String(maxSegments)}`,
    );
  }
  return { segments: Secret.of(segments.map(toHex)), commands };
}

interface Opened {
  readonly packet: PacketCase;
  readonly profile: CardProfile;
  readonly keys: CardKeys;
}

async function scriptOf(
  { changeId, purpose }: PacketId,
  { packet, profile, keys }: Opened,
  vault: Vault,
): Promise<RemoteFileScript> {
  if (purpose === 'probe') return probeScript(profile);
  if (purpose === 'refresh') return refreshScript();
  if (purpose === 'check') {
    if (profile.format === 'cpa')
      throw failure(
        'INVARIANT_BROKEN',
        `the profile ${packet.profile} of ICCID ${packet.iccid} has no admin code to ask about`,
      );
    return adminCodeScript(keys.adm1, profile.commands);
  }
  const subscription = await subscriptionOf(changeId, packet, vault);
  if (profile.format === 'rfm') {
    const { commands: format, files, refresh, fplmnEntries } = profile;
    return subscriptionScript(keys.adm1, subscription, { format, files, refresh, fplmnEntries });
  }
  const { imsi, k, opc } = subscription;
  return { data: encodeCpaCommand({ adminCode: keys.adm1, imsi, k, opc, askUser: profile.askUser }), commands: 1 };
}

async function subscriptionOf(changeId: string, packet: PacketCase, vault: Vault): Promise<Subscription> {
  const { iccid, imsi, plmn, sealed_k: sealedK, sealed_opc: sealedOpc } = packet;
  if (imsi === null || plmn === null || sealedK === null || sealedOpc === null) {
    throw failure('INVARIANT_BROKEN', `change ${changeId} of ICCID ${iccid} has no reserved credentials to send`);
  }
  return {
    ...{ imsi, plmn },
    k: await vault.open(sealedK, reservationPlace(changeId, 'sealed_k')),
    opc: await vault.open(sealedOpc, reservationPlace(changeId, 'sealed_opc')),
  };
}

export async function sealSegments(id: PacketId, segments: Secret<readonly string[]>, vault: Vault): Promise<Buffer> {
  return vault.seal(Secret.of<Uint8Array>(Buffer.from(segments.reveal().join(' '))), segmentsPlace(id));
}

export async function openSegments(id: PacketId, sealed: Uint8Array, vault: Vault): Promise<Secret<readonly string[]>> {
  const opened = await vault.open(sealed, segmentsPlace(id));
  return Secret.of(Buffer.from(opened.reveal()).toString().split(' '));
}

/** What is needed to read the card's answer to its packet. */
export async function responseSecurityOf(
  card: SealedCardKeys & { readonly profile: string },
  { vault, profiles }: PacketTools,
): Promise<ResponseSecurity> {
  const profile = profileOf(profiles, card);
  const keys = await openCardKeys(card, vault);
  return { ...securityOf(profile, keys), keys, macLength: profile.macLength };
}

function securityOf({ spi, algorithm }: CardProfile, { kvn }: CardKeys) {
  return { spi, kic: { algorithm, kvn }, kid: { algorithm, kvn } } as const;
}

/** The profile of a card; one that is not known here is a failure that names it. */
export function profileOf(
  profiles: CardProfiles,
  { profile: name, iccid }: { readonly profile: string; readonly iccid: string },
): CardProfile {
  const profile = profiles[name];
  if (profile === undefined)
    throw failure('KEYSET_UNUSABLE', `ICCID ${iccid} has the profile ${name}, which is not known to this process`);
  return profile;
}
