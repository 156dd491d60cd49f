import { parseTar, type Tar } from '../identifiers/tar.ts';
import { fromHex, toHex } from '../octets/hex.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { decodeKic, decodeKid, encodeKeyIndication, type KeyIndication, type KidIndication } from './key-indication.ts';
import type { OtaKeys } from './ota-keys.ts';
import { checkOf, cipherOf, type MacLength } from './packet-security.ts';
import { CNTR_OCTETS, paddingOctets, seal, unseal } from './sealed-part.ts';
import { decodeSpi, encodeSpi, type Spi } from './spi.ts';

const CLAUSE = 'ETSI TS 102 225 §5.1';
const SPI_OCTETS = 2;
const TAR_OCTETS = 3;
/** CNTR and PCNTR. */
const COUNTERS_OCTETS = CNTR_OCTETS + 1;
/** What CHL counts besides the RC/CC/DS field: SPI, KIc, KID, TAR, CNTR, PCNTR. */
const FIXED_HEADER_OCTETS = SPI_OCTETS + 2 + TAR_OCTETS + COUNTERS_OCTETS;

/** The part of a command header that is never ciphered; a card chooses its keys by it. */
export interface ClearCommandHeader {
  readonly spi: Spi;
  readonly kic: KeyIndication;
  readonly kid: KidIndication;
  readonly tar: Tar;
}

/** Header of a command packet; `cntr` is 5 octets (ETSI TS 102 225 §5.1). */
export interface CommandHeader extends ClearCommandHeader {
  readonly cntr: number;
}

/** A command for a card application, before it is sealed. */
export interface CommandPacket {
  readonly header: CommandHeader;
  readonly data: Uint8Array;
  readonly keys: OtaKeys;
  /** Octets of a cryptographic checksum, as the card's profile says; 8 when left out. */
  readonly macLength?: MacLength | undefined;
}

/** A command as a card sees it; without a correct check neither counter nor data may be acted upon. */
export interface DecodedCommand {
  readonly header: CommandHeader;
  readonly data: Uint8Array;
  /** Whether the check is right; also true when the SPI asks for none, so a card has to look at the SPI as well. */
  readonly integrityOk: boolean;
}

/** CPL(2) CHL(1) SPI(2) KIc(1) KID(1) TAR(3), then sealed: CNTR(5) PCNTR(1) RC/CC/DS data padding (ETSI TS 102 225 §5.1). */
export function encodeCommandPacket({ header, data, keys, macLength }: CommandPacket): Uint8Array {
  const { spi, kic, kid, tar, cntr } = header;
  const security = { kic, kid, keys, macLength };
  const check = checkOf(spi.integrity, security);
  const cipher = spi.ciphered ? cipherOf(security) : undefined;
  const pcntr = paddingOctets(COUNTERS_OCTETS + check.lengthOctets + data.length, cipher);
  const headerLength = FIXED_HEADER_OCTETS + check.lengthOctets;

  const covered = new OctetWriter()
    .appendUint(1 + headerLength + data.length + pcntr, 2)
    .appendOctet(headerLength)
    .appendOctets(encodeSpi(spi))
    .appendOctet(encodeKeyIndication(kic))
    .appendOctet(encodeKeyIndication(kid))
    .appendOctets(fromHex(tar, 'TAR'))
    .toOctets();
  const counters = new OctetWriter().appendUint(cntr, CNTR_OCTETS).appendOctet(pcntr).toOctets();
  const padded = new OctetWriter().appendOctets(data).appendOctets(new Uint8Array(pcntr)).toOctets();
  const sealed = seal({ counters, padded }, { covered, check, cipher });
  return new OctetWriter().appendOctets(covered).appendOctets(sealed).toOctets();
}

/** CPL(2) CHL(1) SPI(2) KIc(1) KID(1) TAR(3), then sealed: CNTR(5) PCNTR(1) RC/CC/DS data padding; throws only DecodeError. */
export function decodeCommandPacket(
  packet: Uint8Array,
  keys: OtaKeys,
  { macLength }: { macLength?: MacLength | undefined } = {},
): DecodedCommand {
  const reader = new OctetReader(packet, { clause: CLAUSE });
  const { clear, headerLength } = readClearHeader(reader);
  const security = { ...clear, keys, macLength };
  const check = checkOf(clear.spi.integrity, security);
  if (headerLength !== FIXED_HEADER_OCTETS + check.lengthOctets) {
    throw reader.error(
      'CHL',
      `it does not leave ${String(check.lengthOctets)} octets for the check that the SPI asks for`,
    );
  }

  const covered = reader.consumed();
  const cipher = clear.spi.ciphered ? cipherOf(security) : undefined;
  const sealing = { covered, check, cipher, countersOctets: COUNTERS_OCTETS, clause: CLAUSE };
  const { counters, padded, integrityOk } = unseal(reader.readRest(), sealing);

  const counterReader = new OctetReader(counters, { clause: CLAUSE });
  const cntr = counterReader.readUint(CNTR_OCTETS, 'CNTR');
  const pcntr = counterReader.readOctet('PCNTR');
  const isCut = pcntr <= padded.length;
  if (integrityOk && !isCut) throw reader.error('PCNTR', 'more padding than there are octets');
  return { header: { ...clear, cntr }, data: isCut ? padded.slice(0, padded.length - pcntr) : padded, integrityOk };
}

/** Reads what is never ciphered, without keys and without any check; throws only DecodeError. */
export function peekCommandHeader(packet: Uint8Array): ClearCommandHeader {
  return readClearHeader(new OctetReader(packet, { clause: CLAUSE })).clear;
}

function readClearHeader(reader: OctetReader): { clear: ClearCommandHeader; headerLength: number } {
  const packetLength = reader.readUint(2, 'CPL');
  if (packetLength !== reader.remaining) throw reader.error('CPL', 'it is not the length of what follows it');
  const headerLength = reader.readOctet('CHL');
  const spi = decodeSpi(reader.readOctets(SPI_OCTETS, 'SPI'));
  const kic = decodeKic(reader.readOctet('KIc'));
  const kid = decodeKid(reader.readOctet('KID'), spi.integrity);
  const tar = parseTar(toHex(reader.readOctets(TAR_OCTETS, 'TAR')));
  return { clear: { spi, kic, kid, tar }, headerLength };
}
