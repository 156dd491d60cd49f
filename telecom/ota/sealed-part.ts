import { timingSafeEqual } from 'node:crypto';
import type { BlockCipher } from '../crypto/block-cipher.ts';
import { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { IntegrityCheck } from './packet-security.ts';

/** The part of a packet from CNTR on, which is what ciphering covers (ETSI TS 102 225 §5.1, §5.2). */
export interface SealedPart {
  /** CNTR and PCNTR, in a response also the status octet. */
  readonly counters: Uint8Array;
  /** Data and padding. */
  readonly padded: Uint8Array;
}

/** How a part is sealed; without cipher it stays clear. */
export interface Seal {
  /** Octets before the sealed part that the check covers. */
  readonly covered: Uint8Array;
  readonly check: IntegrityCheck;
  readonly cipher: BlockCipher | undefined;
}

/** Octets of CNTR (ETSI TS 102 225 §5.1.4). */
export const CNTR_OCTETS = 5;

/** Number of padding octets that ciphering needs behind a part of this length; none without a cipher. */
export function paddingOctets(length: number, cipher: BlockCipher | undefined): number {
  return cipher === undefined ? 0 : (cipher.blockOctets - (length % cipher.blockOctets)) % cipher.blockOctets;
}

/** Counters, check, data, padding; the check is made before ciphering, over everything but itself. */
export function seal({ counters, padded }: SealedPart, { covered, check, cipher }: Seal): Uint8Array {
  const clear = new OctetWriter()
    .appendOctets(counters)
    .appendOctets(check.over([covered, counters, padded]))
    .appendOctets(padded)
    .toOctets();
  return cipher === undefined ? clear : cipher.encrypt(clear);
}

/** Whether a sealed part can be the cipher's output. */
export function isWholeBlocks(octets: Uint8Array, cipher: BlockCipher): boolean {
  return octets.length > 0 && octets.length % cipher.blockOctets === 0;
}

/** How a part is unsealed; a check that cannot be computed only says how many octets to skip. */
export interface Unsealing {
  readonly covered: Uint8Array;
  readonly check: Pick<IntegrityCheck, 'lengthOctets'> & Partial<IntegrityCheck>;
  readonly cipher: BlockCipher | undefined;
  readonly countersOctets: number;
  readonly clause: string;
}

/** Counters, check, data, padding; a wrong check is told, not thrown, because the caller has to answer it. */
export function unseal(
  octets: Uint8Array,
  { covered, check, cipher, countersOctets, clause }: Unsealing,
): SealedPart & { readonly integrityOk: boolean } {
  if (cipher !== undefined && !isWholeBlocks(octets, cipher)) {
    throw new DecodeError({ field: 'ciphered part', clause, problem: 'it is not a whole number of cipher blocks' });
  }
  const reader = new OctetReader(cipher === undefined ? octets : cipher.decrypt(octets), { clause });
  const counters = reader.readOctets(countersOctets, 'CNTR');
  const received = reader.readOctets(check.lengthOctets, 'RC/CC/DS');
  const padded = reader.readRest();
  const expected = check.over?.([covered, counters, padded]);
  return { counters, padded, integrityOk: expected !== undefined && timingSafeEqual(received, expected) };
}
