import { DecodeError } from '../../telecom/decode-error.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import type { CommandHeader } from '../../telecom/ota/command-packet.ts';
import { encodeResponsePacket } from '../../telecom/ota/response-packet.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import { INFORMATION_ELEMENT, RESPONSE_USER_DATA_HEADER } from '../../telecom/sms/user-data-header.ts';
import type { KeySet } from './key-set.ts';

/** What the card says to the sender of a packet. */
export interface Proof {
  readonly header: CommandHeader;
  readonly status: ResponseStatus;
  readonly data: Uint8Array;
  readonly isSigned: boolean;
}

const NO_DATA = new Uint8Array(0);
/** More does not fit the answer to an ENVELOPE that a device puts into its delivery report (3GPP TS 31.115 §4.4). */
const MOST_IN_REPORT = 128;
const USER_DATA_OCTETS = 140;

/** How a proof leaves the card: octets that the device puts into its delivery report, and messages that the card sends by itself. */
export interface LeavingProof {
  readonly inReport: Uint8Array | undefined;
  readonly bySubmit: readonly Uint8Array[];
}

const NOTHING: LeavingProof = { inReport: undefined, bySubmit: [] };

/**
 * Sends a proof as the SPI of its command asks: never, always or on error; in the delivery report, or by SMS-SUBMIT, which the report
 * then announces (ETSI TS 102 225 §5.1.1, 3GPP TS 31.115 §4.4). One that is too long for a report goes by SMS-SUBMIT too.
 */
export function leaving(proof: Proof, keySet: KeySet): LeavingProof {
  const { spi } = proof.header;
  if (!isWanted(proof)) return NOTHING;
  const userData = encoded(proof, keySet);
  if (!spi.porBySubmit && userData.length <= MOST_IN_REPORT) return { inReport: userData, bySubmit: [] };
  const announced = { ...proof, data: NO_DATA, status: spi.porBySubmit ? 'byShortMessage' : 'moreTime' } as const;
  return { inReport: encoded(announced, keySet), bySubmit: messagesOf(userData) };
}

/** Says at once that the proof comes later by SMS-SUBMIT: the card has something to do first (3GPP TS 31.115 §7, status 08 and 0B). */
export function announcing(proof: Omit<Proof, 'status' | 'data'>, keySet: KeySet): LeavingProof {
  const { spi } = proof.header;
  if (spi.por !== 'always') return NOTHING;
  const status = spi.porBySubmit ? 'byShortMessage' : 'moreTime';
  return { inReport: encoded({ ...proof, status, data: NO_DATA }, keySet), bySubmit: [] };
}

/** The messages of a proof that was announced before. */
export function announcedBefore(proof: Proof, keySet: KeySet): readonly Uint8Array[] {
  return isWanted(proof) ? messagesOf(encoded(proof, keySet)) : [];
}

function isWanted({ header: { spi }, status }: Proof): boolean {
  return spi.por === 'always' || (spi.por === 'onError' && status !== 'porOk');
}

/** A card answers in the clear where it may not sign, or where the key set cannot make the check that is asked for. */
function encoded({ header, status, data, isSigned }: Proof, { keys, macLength }: KeySet): Uint8Array {
  const { kic, kid, tar, cntr, spi } = header;
  const response = { kic, kid, keys, macLength, tar, cntr, status, data };
  const clear = { ...spi, porIntegrity: 'none', porCiphered: false } as const;
  if (!isSigned) return encodeResponsePacket({ ...response, spi: clear });
  try {
    return encodeResponsePacket({ ...response, spi });
  } catch (cause) {
    if (cause instanceof DecodeError) return encodeResponsePacket({ ...response, spi: clear });
    throw cause;
  }
}

/** One message, or several: 07 00 03 reference total 01 71 00 first, then 05 00 03 reference total part (3GPP TS 31.115 §4.4). */
function messagesOf(userData: Uint8Array): readonly Uint8Array[] {
  if (userData.length <= USER_DATA_OCTETS) return [userData];
  const clause = '3GPP TS 31.115 §4.4';
  const packet = new OctetReader(userData, { clause });
  packet.readOctets(RESPONSE_USER_DATA_HEADER.length, 'UDH');
  const first = USER_DATA_OCTETS - 8;
  const further = USER_DATA_OCTETS - 6;
  const total = 1 + Math.ceil((packet.remaining - first) / further);
  const reference = userData[userData.length - 1] ?? 0;
  return Array.from({ length: total }, (_, index) => {
    const elements = new OctetWriter()
      .appendOctets(Uint8Array.of(INFORMATION_ELEMENT.concatenation, 3, reference, total, index + 1))
      .appendOctets(index === 0 ? Uint8Array.of(INFORMATION_ELEMENT.responsePacket, 0) : NO_DATA)
      .toOctets();
    const piece = packet.readOctets(Math.min(packet.remaining, index === 0 ? first : further), 'part');
    return new OctetWriter().appendOctet(elements.length).appendOctets(elements).appendOctets(piece).toOctets();
  });
}
