import { DecodeError } from '../decode-error.ts';
import { parseImsi, type Imsi } from '../identifiers/imsi.ts';
import { OctetReader } from '../octets/reader.ts';
import { decodeSwappedDigits, encodeSwappedDigits } from '../octets/swapped-digits.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLAUSE = '3GPP TS 31.102 §4.2.2';
const FILLER = 'f';
const TYPE_IMSI_ODD = '9';
const TYPE_IMSI_EVEN = '1';

/** EF.IMSI of the USIM application (3GPP TS 31.102 §4.2.2). */
export const EF_IMSI = { name: 'EF.IMSI', fileId: '6f07', sfi: 0x07, sizeOctets: 9 } as const satisfies ElementaryFile;

const MOBILE_IDENTITY_OCTETS = EF_IMSI.sizeOctets - 1;

/** Length octet; then nibble-swapped: identity type (9 for an odd number of digits, 1 for an even one), digits, F fill. */
export function encodeEfImsi(imsi: Imsi): Uint8Array {
  const isOdd = imsi.length % 2 === 1;
  const nibbles = isOdd ? TYPE_IMSI_ODD + imsi : TYPE_IMSI_EVEN + imsi + FILLER;
  return new OctetWriter()
    .appendOctet(nibbles.length / 2)
    .appendOctets(encodeSwappedDigits(nibbles.padEnd(2 * MOBILE_IDENTITY_OCTETS, FILLER), 'imsi'))
    .toOctets();
}

/** Reads the content of EF.IMSI; throws DecodeError, also for an empty file, which holds no IMSI. */
export function decodeEfImsi(octets: Uint8Array): Imsi {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const length = reader.readOctet('efImsi.length');
  const identity = decodeSwappedDigits(reader.readOctets(MOBILE_IDENTITY_OCTETS, 'efImsi.identity'));
  reader.expectEnd('efImsi');
  if (length > MOBILE_IDENTITY_OCTETS) throw refused('efImsi.length', 'it is longer than the file');

  const used = identity.slice(0, 2 * length);
  const type = used.slice(0, 1);
  if (type !== TYPE_IMSI_ODD && type !== TYPE_IMSI_EVEN) throw refused('efImsi.type', 'the identity is not an IMSI');
  const digits = type === TYPE_IMSI_ODD ? used.slice(1) : used.slice(1, -1);
  const fill = identity.slice(1 + digits.length);
  if (/[^f]/.test(fill)) throw refused('efImsi.fill', 'unused nibbles are not F');
  return parseImsi(digits);
}

function refused(field: string, problem: string): DecodeError {
  return new DecodeError({ field, clause: CLAUSE, problem });
}
