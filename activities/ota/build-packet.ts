import { toHex } from '../../telecom/octets/hex.ts';
import { encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { encodeCpaCommand } from '../../telecom/ota/cpa-command.ts';
import type { ResponseSecurity } from '../../telecom/ota/response-packet.ts';
import { Secret } from '../../telecom/secret.ts';
import { segmentCommandPacket } from '../../telecom/sms/segments.ts';
import { failure } from '../../workflows/failures.ts';
import { openCardKeys, type CardKeys, type SealedCardKeys } from '../registry/card-keys.ts';
import type { Place } from '../vault/seal.ts';
import type { Vault } from '../vault/vault.ts';
import { CARD_PROFILES, type CardProfile } from './card-profiles.ts';
import type { PacketCase } from './packet-store.ts';

const segmentsPlace = (changeId: string): Place => ({ table: 'packets', column: 'sealed_segments', row: changeId });
const reservationPlace = (changeId: string, column: string): Place => ({
  table: 'reservations',
  column,
  row: changeId,
});

/** Builds the one packet of a change: the user data of its segments in hex, which only ever leave this process sealed or sent. */
export async function buildSegments(
  changeId: string,
  packet: PacketCase,
  vault: Vault,
): Promise<Secret<readonly string[]>> {
  const { iccid, imsi, sealed_k: sealedK, sealed_opc: sealedOpc, cntr } = packet;
  const profile = profileOf(packet.profile, iccid);
  if (imsi === null || sealedK === null || sealedOpc === null || cntr === null) {
    throw failure('INVARIANT_BROKEN', `change ${changeId} of ICCID ${iccid} has no reserved credentials to send`);
  }
  const keys = await openCardKeys(packet, vault);
  const command = encodeCpaCommand({
    adminCode: keys.adm1,
    imsi,
    k: await vault.open(sealedK, reservationPlace(changeId, 'sealed_k')),
    opc: await vault.open(sealedOpc, reservationPlace(changeId, 'sealed_opc')),
  });
  const { tar, macLength, maxSegments, layout } = profile;
  const octets = encodeCommandPacket({
    header: { ...securityOf(profile, keys), tar, cntr },
    data: command,
    keys,
    macLength,
  });
  const segments = segmentCommandPacket(octets, { reference: cntr % 256, layout });
  if (segments.length > maxSegments) {
    throw failure(
      'KEYSET_UNUSABLE',
      `the packet for ICCID ${iccid} needs ${String(segments.length)} segments, its profile allows ${String(maxSegments)}`,
    );
  }
  return Secret.of(segments.map(toHex));
}

export async function sealSegments(
  changeId: string,
  segments: Secret<readonly string[]>,
  vault: Vault,
): Promise<Buffer> {
  return vault.seal(Secret.of<Uint8Array>(Buffer.from(segments.reveal().join(' '))), segmentsPlace(changeId));
}

export async function openSegments(
  changeId: string,
  sealed: Uint8Array,
  vault: Vault,
): Promise<Secret<readonly string[]>> {
  const opened = await vault.open(sealed, segmentsPlace(changeId));
  return Secret.of(Buffer.from(opened.reveal()).toString().split(' '));
}

/** What is needed to read the card's answer to its packet. */
export async function responseSecurityOf(
  card: SealedCardKeys & { readonly profile: string },
  vault: Vault,
): Promise<ResponseSecurity> {
  const profile = profileOf(card.profile, card.iccid);
  const keys = await openCardKeys(card, vault);
  return { ...securityOf(profile, keys), keys, macLength: profile.macLength };
}

function securityOf({ spi, algorithm }: CardProfile, { kvn }: CardKeys) {
  return { spi, kic: { algorithm, kvn }, kid: { algorithm, kvn } } as const;
}

function profileOf(name: string, iccid: string): CardProfile {
  const profile = CARD_PROFILES[name];
  if (profile === undefined)
    throw failure('KEYSET_UNUSABLE', `ICCID ${iccid} has the profile ${name}, which is not known`);
  return profile;
}
