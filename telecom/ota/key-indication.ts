import { DecodeError } from '../decode-error.ts';
import type { Integrity } from './spi.ts';

const KIC_CLAUSE = 'ETSI TS 102 225 §5.1.2';
const KID_CLAUSE = 'ETSI TS 102 225 §5.1.3';
const HIGHEST_KVN = 15;
const OCTET_MAX = 255;

/** Low nibble of KIc, and of KID where the SPI asks for a cryptographic checksum (ETSI TS 102 225 §5.1.2, §5.1.3.1). */
const CIPHER_NIBBLES = {
  implicit: 0x0,
  des: 0x1,
  aes: 0x2,
  proprietary: 0x3,
  tripleDes2Key: 0x5,
  tripleDes3Key: 0x9,
  desEcb: 0xd,
} as const;

/** Low nibble of KID where the SPI asks for a redundancy check (ETSI TS 102 225 §5.1.3.2). */
const REDUNDANCY_NIBBLES = { implicit: 0x0, crc16: 0x1, proprietary: 0x3, crc32: 0x5 } as const;

const NIBBLES = { ...CIPHER_NIBBLES, ...REDUNDANCY_NIBBLES } as const;

/** What a KIc octet, or the KID octet of a checksum, can name; the DES forms can be named but never used. */
export type CipherAlgorithm = keyof typeof CIPHER_NIBBLES;

/** What the KID octet of a redundancy check can name. */
export type RedundancyAlgorithm = keyof typeof REDUNDANCY_NIBBLES;

/** Which algorithm and which key set (KVN 1 to 15, 0 when known implicitly) a packet uses (ETSI TS 102 225 §5.1.2). */
export interface KeyIndication {
  readonly algorithm: CipherAlgorithm;
  readonly kvn: number;
}

/** A KID octet: names a redundancy check where the SPI asks for one, else a cipher (ETSI TS 102 225 §5.1.3). */
export interface KidIndication {
  readonly algorithm: CipherAlgorithm | RedundancyAlgorithm;
  readonly kvn: number;
}

/** High nibble: key set. Low nibble: algorithm and its mode. */
export function encodeKeyIndication({ algorithm, kvn }: KidIndication): number {
  if (!Number.isInteger(kvn) || kvn < 0 || kvn > HIGHEST_KVN) throw new RangeError('a key set number is 0 to 15');
  return (kvn << 4) | NIBBLES[algorithm];
}

/** High nibble: key set. Low nibble: cipher; DES is decoded, so that an octet nobody uses does no harm, and refused on use. */
export function decodeKic(octet: number): KeyIndication {
  return { algorithm: named(CIPHER_NIBBLES, octet, { field: 'KIc', clause: KIC_CLAUSE }), kvn: octet >> 4 };
}

/** High nibble: key set. Low nibble: what the integrity of the SPI's first octet makes of it, redundancy check or cipher. */
export function decodeKid(octet: number, integrity: Integrity): KidIndication {
  const place = { field: 'KID', clause: KID_CLAUSE };
  const isRedundancyCheck = integrity === 'redundancyCheck';
  const algorithm = isRedundancyCheck ? named(REDUNDANCY_NIBBLES, octet, place) : named(CIPHER_NIBBLES, octet, place);
  return { algorithm, kvn: octet >> 4 };
}

/** Reads the nibble of a KID as a cipher: a response may have a checksum where its command had a redundancy check. */
export function asCipher(kid: KidIndication): CipherAlgorithm {
  return named(CIPHER_NIBBLES, NIBBLES[kid.algorithm], { field: 'KID', clause: KID_CLAUSE });
}

/** Reads the nibble of a KID as a redundancy check: a response may have one where its command had a checksum. */
export function asRedundancyCheck(kid: KidIndication): RedundancyAlgorithm {
  return named(REDUNDANCY_NIBBLES, NIBBLES[kid.algorithm], { field: 'KID', clause: KID_CLAUSE });
}

function named<Name extends string>(
  nibbles: Readonly<Record<Name, number>>,
  octet: number,
  { field, clause }: { field: string; clause: string },
): Name {
  if (!Number.isInteger(octet) || octet < 0 || octet > OCTET_MAX) {
    throw new DecodeError({ field, clause, problem: 'it is not one octet' });
  }
  for (const name in nibbles) if (nibbles[name] === (octet & 0xf)) return name;
  throw new DecodeError({ field, clause, problem: 'its algorithm value is reserved' });
}
