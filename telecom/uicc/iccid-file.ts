import { DecodeError } from '../decode-error.ts';
import { parseIccid, type Iccid } from '../identifiers/iccid.ts';
import { decodeSwappedDigits, encodeSwappedDigits } from '../octets/swapped-digits.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLAUSE = 'ETSI TS 102 221 §13.2';
const FILLER = 'f';

/** EF.ICCID under the master file (ETSI TS 102 221 §13.2). */
export const EF_ICCID = {
  name: 'EF.ICCID',
  fileId: '2fe2',
  sfi: 0x02,
  sizeOctets: 10,
} as const satisfies ElementaryFile;

/** Nibble-swapped digits; an ICCID of 19 digits is filled with F. */
export function encodeEfIccid(iccid: Iccid): Uint8Array {
  return encodeSwappedDigits(iccid.padEnd(2 * EF_ICCID.sizeOctets, FILLER), 'iccid');
}

/** Reads the content of EF.ICCID; throws DecodeError, also for a check digit that is none. */
export function decodeEfIccid(octets: Uint8Array): Iccid {
  if (octets.length !== EF_ICCID.sizeOctets) {
    throw new DecodeError({ field: 'efIccid', clause: CLAUSE, problem: 'it is not 10 octets' });
  }
  const digits = decodeSwappedDigits(octets);
  return parseIccid(digits.endsWith(FILLER) ? digits.slice(0, -1) : digits);
}
