import { fromHex, toHex } from './hex.ts';

const FILLER = 'f';

/** Hex digits as octets with the first digit in the low nibble, filled with F to whole octets (3GPP TS 23.040 §9.1.2.3). */
export function encodeSwappedDigits(digits: string, field: string): Uint8Array {
  const whole = digits.length % 2 === 0 ? digits : digits + FILLER;
  return fromHex(swapNibbles(whole), field);
}

/** The nibbles of the octets in the order of the digits, fill included. */
export const decodeSwappedDigits = (octets: Uint8Array): string => swapNibbles(toHex(octets));

function swapNibbles(hex: string): string {
  return hex.replace(/(.)(.)/g, '$2$1');
}
