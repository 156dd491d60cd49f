import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';
import { luhnDigit } from './luhn.ts';

const CLAUSE = '3GPP TS 23.003 §6.2';
const FORM = /^\d{14,16}$/;
const LENGTH_WITHOUT_CHECK_DIGIT = 14;
const LENGTH_OF_IMEI = 15;
const SPARE_DIGIT = '0';

/** Number of a device: 15 digits with their Luhn check digit, however the network reported it (3GPP TS 23.003 §6.2). */
export type Imei = Branded<'Imei'>;

/**
 * Reads an IMEI of 14 digits (no check digit), 15 digits (check digit, or the spare 0 that is sent on the radio side)
 * or 16 digits (IMEISV), and brings all of them to one form, so that two reports of one device compare equal.
 */
export function parseImei(text: string): Imei {
  if (!FORM.test(text)) throw new DecodeError({ field: 'imei', clause: CLAUSE, problem: 'it is not 14 to 16 digits' });
  const device = text.slice(0, LENGTH_WITHOUT_CHECK_DIGIT);
  const imei = device + luhnDigit(device);
  const hasOtherDigit = text.length === LENGTH_OF_IMEI && text !== imei && !text.endsWith(SPARE_DIGIT);
  if (hasOtherDigit || !isWhole(imei)) {
    throw new DecodeError({
      field: 'imei',
      clause: CLAUSE,
      problem: 'its last digit is not the check digit of the others',
    });
  }
  return imei;
}

function isWhole(imei: string): imei is Imei {
  return imei.length === LENGTH_OF_IMEI;
}
