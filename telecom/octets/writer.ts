const OCTET_VALUES = 256;

/** Appends octets in wire order; knows offsets and endianness so that encoders need not. */
export class OctetWriter {
  /** Single octets and runs of them; they are copied once, at the end. */
  readonly #parts: (number | Uint8Array)[] = [];
  #length = 0;

  /** One octet, 0 to 255. */
  appendOctet(value: number): this {
    return this.appendUint(value, 1);
  }

  /** Big-endian unsigned integer of 1 to 6 octets; a value that does not fit is a programming fault and throws RangeError. */
  appendUint(value: number, length: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= OCTET_VALUES ** length) {
      throw new RangeError(`a value does not fit ${String(length)} octets`);
    }
    for (let place = length - 1; place >= 0; place -= 1) {
      this.#parts.push(Math.floor(value / OCTET_VALUES ** place) % OCTET_VALUES);
    }
    this.#length += length;
    return this;
  }

  /** Octets as they are; they must not change before `toOctets`. */
  appendOctets(octets: Uint8Array): this {
    this.#parts.push(octets);
    this.#length += octets.length;
    return this;
  }

  /** Everything appended so far, in one new array. */
  toOctets(): Uint8Array {
    const octets = new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) {
      if (typeof part === 'number') octets[position] = part;
      else octets.set(part, position);
      position += typeof part === 'number' ? 1 : part.length;
    }
    return octets;
  }
}
