import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { fromHex } from '../../../telecom/octets/hex.ts';
import type { CommandHeader, CommandPacket } from '../../../telecom/ota/command-packet.ts';
import { DecodeError } from '../../../telecom/decode-error.ts';
import type { Spi } from '../../../telecom/ota/spi.ts';
import { Secret } from '../../../telecom/secret.ts';

export const hex = (text: string): Uint8Array => fromHex(text, 'test');

export const KIC_KEY = '200102030405060708090a0b0c0d0e0f';
export const KID_KEY = '201102030405060708090a0b0c0d0e0f';

export const keysOf = (kic: string, kid: string) => ({ kic: Secret.of(hex(kic)), kid: Secret.of(hex(kid)) });

export const keys = keysOf(KIC_KEY, KID_KEY);

/** Signed, ciphered, counter must be higher; PoR always, signed and ciphered. */
export const spi1619: Spi = {
  counter: 'mustBeHigher',
  ciphered: true,
  integrity: 'cryptographicChecksum',
  por: 'always',
  porIntegrity: 'cryptographicChecksum',
  porCiphered: true,
  porBySubmit: false,
};

export const header: CommandHeader = {
  spi: spi1619,
  kic: { algorithm: 'aes', kvn: 2 },
  kid: { algorithm: 'aes', kvn: 2 },
  tar: parseTar('b00c0a'),
  cntr: 42,
};

export const command: CommandPacket = { header, data: hex('00a40004023f00'), keys };

export const security = { spi: spi1619, kic: header.kic, kid: header.kid, keys };

export const withBitFlipped = (octets: Uint8Array, bit: number): Uint8Array =>
  octets.map((octet, index) => (index === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));

/** Runs a decoder on damaged input: its result, or undefined for a DecodeError; anything else it throws goes on. */
export function decodedOrRefused<Result>(decode: () => Result): Result | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
