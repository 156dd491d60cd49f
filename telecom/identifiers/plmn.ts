import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';
import type { Imsi } from './imsi.ts';

const FORM = /^\d{5,6}$/;

/** Identity of a network: MCC (3 digits) and MNC (2 or 3 digits) (3GPP TS 23.003 §12.1). */
export type Plmn = Branded<'Plmn'>;

/** Reads a PLMN from its 5 or 6 digits; 00101 and 001010 are different networks. Throws DecodeError. */
export function parsePlmn(text: string): Plmn {
  if (!isForm(text)) {
    throw new DecodeError({ field: 'plmn', clause: '3GPP TS 23.003 §12.1', problem: 'it is not 5 or 6 digits' });
  }
  return text;
}

/** Whether the subscription is one of the network; an IMSI does not say itself how long its MNC is (3GPP TS 23.003 §2.2). */
export function belongsTo(imsi: Imsi, plmn: Plmn): boolean {
  return imsi.startsWith(plmn);
}

function isForm(text: string): text is Plmn {
  return FORM.test(text);
}
