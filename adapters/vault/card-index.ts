import { createHmac } from 'node:crypto';
import type { Secret } from '../../telecom/secret.ts';

const HASH_DIGITS = 32;

/** Keyed hash that names a card where its ICCID must not stand: workflow ids and search attributes. */
export class CardIndex {
  readonly #key: Secret<Uint8Array>;

  constructor(key: Secret<Uint8Array>) {
    this.#key = key;
  }

  /** The first 128 bits of HMAC-SHA-256 (RFC 2104), in hex. */
  hash(text: string): string {
    return createHmac('sha256', this.#key.reveal()).update(text).digest('hex').slice(0, HASH_DIGITS);
  }
}
