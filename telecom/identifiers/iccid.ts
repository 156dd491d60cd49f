import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';
import { endsInLuhnDigit } from './luhn.ts';

export { luhnDigit } from './luhn.ts';

const CLAUSE = 'ITU-T E.118 §4';
const FORM = /^\d{19,20}$/;

/** Number of a card for its whole life: 19 or 20 digits, the last of which is a Luhn check digit (ITU-T E.118 §4). */
export type Iccid = Branded<'Iccid'>;

/** Reads an ICCID from its digits; throws DecodeError. */
export function parseIccid(text: string): Iccid {
  if (!isForm(text)) throw new DecodeError({ field: 'iccid', clause: CLAUSE, problem: 'it is not 19 or 20 digits' });
  if (!endsInLuhnDigit(text)) {
    throw new DecodeError({
      field: 'iccid',
      clause: CLAUSE,
      problem: 'its last digit is not the check digit of the others',
    });
  }
  return text;
}

function isForm(text: string): text is Iccid {
  return FORM.test(text);
}
