import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';

const FORM = /^\d{6,15}$/;

/** Number of a subscription: MCC, MNC and MSIN, 6 to 15 digits (3GPP TS 23.003 §2.2). */
export type Imsi = Branded<'Imsi'>;

/** Reads an IMSI from its digits; throws DecodeError. */
export function parseImsi(text: string): Imsi {
  if (!isForm(text)) {
    throw new DecodeError({ field: 'imsi', clause: '3GPP TS 23.003 §2.2', problem: 'it is not 6 to 15 digits' });
  }
  return text;
}

function isForm(text: string): text is Imsi {
  return FORM.test(text);
}
