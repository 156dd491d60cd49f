import { DecodeError } from '../decode-error.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLAUSE = '3GPP TS 31.102 §4.2.15';
const CLASSES = 16;
/** Class 10 is no class of a subscriber: the network broadcasts it about emergency calls (3GPP TS 22.011 §4.2). */
const EMERGENCY_CLASS = 10;

/** EF.ACC of the USIM application (3GPP TS 31.102 §4.2.15). */
export const EF_ACC = { name: 'EF.ACC', fileId: '6f78', sfi: 0x06, sizeOctets: 2 } as const satisfies ElementaryFile;

/** One bit a class: octet 1 has classes 15 to 8, octet 2 has 7 to 0, the highest class in the highest bit. */
export function encodeEfAcc(classes: readonly number[]): Uint8Array {
  const bits = classes.reduce((sum, one) => {
    if (!Number.isInteger(one) || one < 0 || one >= CLASSES || one === EMERGENCY_CLASS)
      throw new RangeError('an access control class is 0 to 9 or 11 to 15');
    return sum | (1 << one);
  }, 0);
  return new OctetWriter().appendUint(bits, EF_ACC.sizeOctets).toOctets();
}

/** The classes, lowest first; throws only DecodeError. */
export function decodeEfAcc(octets: Uint8Array): number[] {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const bits = reader.readUint(EF_ACC.sizeOctets, 'efAcc');
  reader.expectEnd('efAcc');
  const classes = Array.from({ length: CLASSES }, (_, one) => one).filter((one) => (bits & (1 << one)) !== 0);
  if (classes.includes(EMERGENCY_CLASS))
    throw new DecodeError({ field: 'efAcc', clause: CLAUSE, problem: 'class 10 is no class of a subscriber' });
  return classes;
}

/** Class 0 to 9 of an ordinary subscriber: the last digit of the IMSI, which spreads them evenly (3GPP TS 22.011 §4.2). */
export const accessControlClassOf = (imsi: Imsi): number => Number(imsi.slice(-1));
