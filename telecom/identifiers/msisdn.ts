import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';

const FORM = /^[1-9]\d{4,14}$/;

/** Telephone number of a subscription: E.164 digits from the country code on, without plus (3GPP TS 23.003 §3.3). */
export type Msisdn = Branded<'Msisdn'>;

/** Reads an MSISDN of 5 to 15 digits, with or without a leading plus, which is dropped; throws DecodeError. */
export function parseMsisdn(text: string): Msisdn {
  const digits = text.startsWith('+') ? text.slice(1) : text;
  if (!isForm(digits)) {
    throw new DecodeError({
      field: 'msisdn',
      clause: '3GPP TS 23.003 §3.3',
      problem: 'it is not 5 to 15 digits that begin with a country code',
    });
  }
  return digits;
}

function isForm(text: string): text is Msisdn {
  return FORM.test(text);
}
