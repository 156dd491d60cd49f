import { DecodeError } from '../decode-error.ts';

const OCTET_VALUES = 256;

/** Where the octets come from: names the structure and the clause in every error of one reader. */
export interface ReaderSource {
  readonly clause: string;
}

/** Reads octets in wire order; running out of them is a DecodeError that names the field. Knows offsets so that decoders need not. */
export class OctetReader {
  readonly #octets: Uint8Array;
  readonly #clause: string;
  #position = 0;

  constructor(octets: Uint8Array, source: ReaderSource) {
    this.#octets = octets;
    this.#clause = source.clause;
  }

  /** Number of octets not read yet. */
  get remaining(): number {
    return this.#octets.length - this.#position;
  }

  /** One octet, 0 to 255. */
  readOctet(field: string): number {
    return this.readUint(1, field);
  }

  /** Big-endian unsigned integer of 1 to 6 octets, which a JavaScript number holds exactly. */
  readUint(length: number, field: string): number {
    let value = 0;
    for (const octet of this.#take(length, field)) value = value * OCTET_VALUES + octet;
    return value;
  }

  /** A copy of the next octets; `slice` would not copy what is a Buffer. */
  readOctets(length: number, field: string): Uint8Array {
    return new Uint8Array(this.#take(length, field));
  }

  /** A copy of all octets read so far, as checksums cover them. */
  consumed(): Uint8Array {
    return new Uint8Array(this.#octets.subarray(0, this.#position));
  }

  /** A copy of all octets not read yet. */
  readRest(): Uint8Array {
    return this.readOctets(this.remaining, 'rest');
  }

  /** Refuses octets behind the last field. */
  expectEnd(field: string): void {
    if (this.remaining > 0) throw this.error(field, `${String(this.remaining)} octets more than the structure has`);
  }

  /** A DecodeError for a field of this structure. */
  error(field: string, problem: string): DecodeError {
    return new DecodeError({ field, clause: this.#clause, problem });
  }

  #take(length: number, field: string): Uint8Array {
    if (length > this.remaining) {
      throw this.error(field, `${String(length)} octets needed, ${String(this.remaining)} left`);
    }
    const taken = this.#octets.subarray(this.#position, this.#position + length);
    this.#position += length;
    return taken;
  }
}
