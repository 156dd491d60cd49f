import { DecodeError } from '../decode-error.ts';
import { parseTar, type Tar } from '../identifiers/tar.ts';
import { fromHex, toHex } from '../octets/hex.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { parseUserDataHeader, RESPONSE_USER_DATA_HEADER } from '../sms/user-data-header.ts';
import { checkOf, cipherOf, type PacketSecurity } from './packet-security.ts';
import { decodeResponseStatus, encodeResponseStatus, type ResponseStatus } from './response-status.ts';
import { CNTR_OCTETS, isWholeBlocks, paddingOctets, seal, unseal, type Unsealing } from './sealed-part.ts';
import type { Spi } from './spi.ts';

const CLAUSE = 'ETSI TS 102 225 §5.2';
const NOT_OURS = {
  field: 'RC/CC/DS',
  clause: 'ETSI TS 102 225 §5.1.3',
  problem: 'it does not verify with these keys, and neither deciphered with them nor as it stands is it a response',
};
const TAR_OCTETS = 3;
/** CNTR, PCNTR and the status octet. */
const COUNTERS_OCTETS = CNTR_OCTETS + 2;
/** What RHL counts besides the RC/CC/DS field: TAR, CNTR, PCNTR, STS. */
const FIXED_HEADER_OCTETS = TAR_OCTETS + COUNTERS_OCTETS;

/** The command that a response answers: its SPI says how the response has to be protected. */
export interface ResponseSecurity extends PacketSecurity {
  readonly spi: Spi;
}

/** A response before it is sealed. */
export interface ResponsePacket extends ResponseSecurity {
  readonly tar: Tar;
  readonly cntr: number;
  readonly status: ResponseStatus;
  readonly data: Uint8Array;
}

/** A response as the sender of the command sees it. */
export interface DecodedResponse {
  readonly tar: Tar;
  readonly cntr: number;
  readonly status: ResponseStatus;
  /** Whether it carried the cryptographic checksum asked for and it was right; only then may a change act upon it. */
  readonly authenticated: boolean;
  /** Whether it carried any check, also a redundancy check, and it was right. */
  readonly integrityOk: boolean;
  readonly ciphered: boolean;
  readonly data: Uint8Array;
}

/** UDH 02 71 00, RPL(2) RHL(1) TAR(3), then sealed: CNTR(5) PCNTR(1) STS(1) RC/CC/DS data padding (3GPP TS 31.115 §4.4). */
export function encodeResponsePacket(response: ResponsePacket): Uint8Array {
  const { spi, tar, cntr, status, data } = response;
  const check = checkOf(spi.porIntegrity, response);
  const cipher = spi.porCiphered ? cipherOf(response) : undefined;
  const pcntr = paddingOctets(COUNTERS_OCTETS + check.lengthOctets + data.length, cipher);
  const headerLength = FIXED_HEADER_OCTETS + check.lengthOctets;

  const covered = new OctetWriter()
    .appendOctets(RESPONSE_USER_DATA_HEADER)
    .appendUint(1 + headerLength + data.length + pcntr, 2)
    .appendOctet(headerLength)
    .appendOctets(fromHex(tar, 'TAR'))
    .toOctets();
  const counters = new OctetWriter()
    .appendUint(cntr, CNTR_OCTETS)
    .appendOctet(pcntr)
    .appendOctet(encodeResponseStatus(status))
    .toOctets();
  const padded = new OctetWriter().appendOctets(data).appendOctets(new Uint8Array(pcntr)).toOctets();
  const sealed = seal({ counters, padded }, { covered, check, cipher });
  return new OctetWriter().appendOctets(covered).appendOctets(sealed).toOctets();
}

/**
 * UDH 02 71 00 unless a network dropped it, RPL(2) RHL(1) TAR(3), then CNTR(5) PCNTR(1) STS(1) RC/CC/DS data padding.
 * Cards answer in the clear when they cannot do better, so a response less protected than asked for is decoded too, and
 * says so (3GPP TS 31.115 §4.4). Throws only DecodeError.
 */
export function decodeResponsePacket(userData: Uint8Array, security: ResponseSecurity): DecodedResponse {
  const outer = new OctetReader(withoutUserDataHeader(userData), { clause: CLAUSE });
  const packetLength = outer.readUint(2, 'RPL');
  const reader = new OctetReader(outer.readOctets(packetLength, 'RPL'), { clause: CLAUSE });
  const headerLength = reader.readOctet('RHL');
  const tar = parseTar(toHex(reader.readOctets(TAR_OCTETS, 'TAR')));
  const checkOctets = headerLength - FIXED_HEADER_OCTETS;
  if (checkOctets < 0) throw reader.error('RHL', 'it is shorter than the fields that every response has');

  const covered = new OctetWriter()
    .appendOctets(RESPONSE_USER_DATA_HEADER)
    .appendUint(packetLength, 2)
    .appendOctets(reader.consumed())
    .toOctets();
  const best = bestReading({ sealed: reader.readRest(), covered, checkOctets }, security);
  const authenticated = best.integrityOk && security.spi.porIntegrity === 'cryptographicChecksum';
  return { tar, ...best, authenticated };
}

interface ReceivedParts {
  readonly sealed: Uint8Array;
  readonly covered: Uint8Array;
  readonly checkOctets: number;
}

type Reading = Omit<DecodedResponse, 'tar' | 'authenticated'>;

/** The reading whose check is right; failing that, the first that makes sense, in the order in which cards are likely to mean it. */
function bestReading({ sealed, covered, checkOctets }: ReceivedParts, security: ResponseSecurity): Reading {
  const asked = checkOf(security.spi.porIntegrity, security);
  const isAsAsked = checkOctets === asked.lengthOctets;
  // A shorter checksum is easier to guess: one that is not as long as the card's profile says is skipped, never verified.
  const check = isAsAsked ? asked : { lengthOctets: checkOctets };
  const cipher = security.spi.porCiphered ? cipherOf(security) : undefined;
  const canBeCiphered = cipher !== undefined && isWholeBlocks(sealed, cipher);
  const ciphers = !canBeCiphered ? [undefined] : isAsAsked ? [cipher, undefined] : [undefined, cipher];

  const readings: Reading[] = [];
  const problems: DecodeError[] = [];
  for (const candidate of ciphers) {
    try {
      const reading = readSealed(sealed, { covered, check, cipher: candidate });
      if (reading.integrityOk) return reading;
      readings.push(reading);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      problems.push(cause);
    }
  }
  const [likeliest] = readings;
  if (likeliest !== undefined) return likeliest;
  // Deciphered with a wrong key, every field is noise: which of them is impossible first says nothing.
  if (canBeCiphered && isAsAsked) throw new DecodeError(NOT_OURS);
  throw problems[0] ?? new DecodeError({ field: 'response', clause: CLAUSE, problem: 'it cannot be read' });
}

/** CNTR(5) PCNTR(1) STS(1) RC/CC/DS data padding; cards pad with what they like, so padding is cut and never looked at. */
function readSealed(sealed: Uint8Array, how: Pick<Unsealing, 'covered' | 'check' | 'cipher'>): Reading {
  const part = unseal(sealed, { ...how, countersOctets: COUNTERS_OCTETS, clause: CLAUSE });
  const reader = new OctetReader(part.counters, { clause: CLAUSE });
  const cntr = reader.readUint(CNTR_OCTETS, 'CNTR');
  const pcntr = reader.readOctet('PCNTR');
  const status = decodeResponseStatus(reader.readOctet('STS'));
  if (pcntr > part.padded.length) throw reader.error('PCNTR', 'more padding than there are octets');
  return {
    cntr,
    status,
    integrityOk: part.integrityOk && how.check.lengthOctets > 0,
    ciphered: how.cipher !== undefined,
    data: part.padded.slice(0, part.padded.length - pcntr),
  };
}

/** A network may drop the header or add elements of its own to it; what does not announce a response is the packet itself. */
function withoutUserDataHeader(userData: Uint8Array): Uint8Array {
  try {
    const { kind, payload } = parseUserDataHeader(userData);
    return kind === 'responsePacket' ? payload : userData;
  } catch (cause) {
    if (cause instanceof DecodeError) return userData;
    throw cause;
  }
}
