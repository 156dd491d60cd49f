import { DecodeError } from '../decode-error.ts';
import { parsePlmn, type Plmn } from '../identifiers/plmn.ts';
import { decodeSwappedDigits, encodeSwappedDigits } from '../octets/swapped-digits.ts';

const CLAUSE = '3GPP TS 24.008 §10.5.1.13';
const MCC_DIGITS = 3;
const FILLER = 'f';

export const PLMN_OCTETS = 3;

/** MCC2 MCC1, MNC3 MCC3, MNC2 MNC1; MNC3 is F in a network with two digits of MNC. */
export function encodePlmn(plmn: Plmn): Uint8Array {
  const mcc = plmn.slice(0, MCC_DIGITS);
  const [mnc1 = '', mnc2 = '', mnc3 = FILLER] = plmn.slice(MCC_DIGITS);
  return encodeSwappedDigits(mcc + mnc3 + mnc1 + mnc2, 'plmn');
}

/** MCC2 MCC1, MNC3 MCC3, MNC2 MNC1; throws DecodeError, also for FF FF FF, which is no network. */
export function decodePlmn(octets: Uint8Array): Plmn {
  if (octets.length !== PLMN_OCTETS) {
    throw new DecodeError({ field: 'plmn', clause: CLAUSE, problem: 'it is not 3 octets' });
  }
  const digits = decodeSwappedDigits(octets);
  const [mnc3 = ''] = digits.slice(MCC_DIGITS);
  return parsePlmn(digits.slice(0, MCC_DIGITS) + digits.slice(MCC_DIGITS + 1) + (mnc3 === FILLER ? '' : mnc3));
}
