import { DecodeError } from '../decode-error.ts';

const HEX = /^(?:[0-9a-f]{2})*$/i;

/** Octets as lower-case hex without spaces. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex');
}

/** Hex digits, two per octet and of either case, as octets; `field` names what is being read when they are not hex. */
export function fromHex(text: string, field: string): Uint8Array {
  if (text.length % 2 !== 0) throw new DecodeError({ field, clause: 'hex', problem: 'an odd number of hex digits' });
  if (!HEX.test(text)) throw new DecodeError({ field, clause: 'hex', problem: 'a character that is not a hex digit' });
  return new Uint8Array(Buffer.from(text, 'hex'));
}
