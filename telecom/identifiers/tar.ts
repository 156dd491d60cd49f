import { DecodeError } from '../decode-error.ts';
import type { Branded } from './brand.ts';

const FORM = /^[0-9a-f]{6}$/;

/** Toolkit application reference: the application of a card that a packet addresses, 3 octets in hex (ETSI TS 101 220 §6). */
export type Tar = Branded<'Tar'>;

/** Reads a TAR from 6 hex digits of either case; throws DecodeError. */
export function parseTar(text: string): Tar {
  const hex = text.toLowerCase();
  if (!isForm(hex)) {
    throw new DecodeError({ field: 'tar', clause: 'ETSI TS 101 220 §6', problem: 'it is not 6 hex digits' });
  }
  return hex;
}

function isForm(text: string): text is Tar {
  return FORM.test(text);
}
