import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../../telecom/secret.ts';

/** Layout of a sealed value: version (1) | key id (4, big endian) | IV (12) | tag (16) | ciphertext. */
const VERSION = 1;
const IV_OCTETS = 12;
const TAG_OCTETS = 16;
const KEY_ID_AT = 1;
const IV_AT = 5;
const TAG_AT = IV_AT + IV_OCTETS;
const CIPHERTEXT_AT = TAG_AT + TAG_OCTETS;
const CIPHER = 'aes-256-gcm';

/** A data key, and the number under which sealed values name it. */
export interface DataKey {
  readonly id: number;
  readonly key: Secret<Uint8Array>;
}

/** Where a sealed value lives. It opens only there: the place is the additional authenticated data. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** A sealed value did not open: another key, another place, or it was altered. Says where, never what. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
  constructor(place: Place, problem: string) {
    super(`the sealed value ${place.table}.${place.column} of ${place.row} does not open: ${problem}`);
  }
}

/** Seals octets with AES-256-GCM (NIST SP 800-38D) under a random IV. */
export function seal(plain: Secret<Uint8Array>, { id, key }: DataKey, place: Place): Buffer {
  const iv = randomBytes(IV_OCTETS);
  const cipher = createCipheriv(CIPHER, key.reveal(), iv).setAAD(aad(place));
  const ciphertext = Buffer.concat([cipher.update(plain.reveal()), cipher.final()]);
  const head = Buffer.alloc(IV_AT);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32BE(id, KEY_ID_AT);
  return Buffer.concat([head, iv, cipher.getAuthTag(), ciphertext]);
}

/** The number of the data key that a sealed value needs. */
export function keyIdOf(sealed: Uint8Array, place: Place): number {
  const octets = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (octets.length < CIPHERTEXT_AT || octets.readUInt8(0) !== VERSION)
    throw new UnsealError(place, 'its layout is not known');
  return octets.readUInt32BE(KEY_ID_AT);
}

/** Opens a sealed value at its own place; throws UnsealError. */
export function unseal(sealed: Uint8Array, { key }: DataKey, place: Place): Secret<Uint8Array> {
  const decipher = createDecipheriv(CIPHER, key.reveal(), sealed.subarray(IV_AT, TAG_AT), {
    authTagLength: TAG_OCTETS,
  });
  decipher.setAAD(aad(place)).setAuthTag(sealed.subarray(TAG_AT, CIPHERTEXT_AT));
  try {
    return Secret.of<Uint8Array>(Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT)), decipher.final()]));
  } catch {
    throw new UnsealError(place, 'its key, its place or its octets are not those it was sealed with');
  }
}

const aad = ({ table, column, row }: Place): Buffer => Buffer.from(JSON.stringify([table, column, row]));
