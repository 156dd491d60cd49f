interface CrcParameters {
  /** The generator polynomial without its highest term, least significant bit first. */
  readonly polynomial: number;
  /** Both the initial value and what the result is XORed with. */
  readonly ones: number;
  readonly lengthOctets: number;
}

const CRC16: CrcParameters = { polynomial: 0x8408, ones: 0xffff, lengthOctets: 2 };
const CRC32: CrcParameters = { polynomial: 0xedb88320, ones: 0xffffffff, lengthOctets: 4 };

/** CRC 16 of ISO/IEC 13239, x^16 + x^12 + x^5 + 1, initial value FFFF, inverted at the end (ETSI TS 102 225 §5.1.3.2). */
export function crc16(parts: readonly Uint8Array[]): Uint8Array {
  return crc(parts, CRC16);
}

/** CRC 32 of ISO/IEC 13239, initial value FFFFFFFF, inverted at the end (ETSI TS 102 225 §5.1.3.2). */
export function crc32(parts: readonly Uint8Array[]): Uint8Array {
  return crc(parts, CRC32);
}

function crc(parts: readonly Uint8Array[], { polynomial, ones, lengthOctets }: CrcParameters): Uint8Array {
  let register = ones;
  for (const part of parts) {
    for (const octet of part) {
      register ^= octet;
      for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ ((register & 1) === 1 ? polynomial : 0);
    }
  }
  const result = Buffer.alloc(lengthOctets);
  result.writeUIntBE((register ^ ones) >>> 0, 0, lengthOctets);
  return new Uint8Array(result);
}
