import type { OctetReader } from './reader.ts';
import { OctetWriter } from './writer.ts';

const LONG_FORM = 0x80;
const LONGEST_LENGTH_OCTETS = 3;
const END_OF_CONTENTS = 0x00;

/** One data object: tag of one octet, and its value (ISO/IEC 8825-1 §8.1). */
export interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** Length of the short form, or of the long form in as few octets as it takes (ISO/IEC 8825-1 §8.1.3). */
export function encodeTlv(tag: number, value: Uint8Array): Uint8Array {
  const writer = new OctetWriter().appendOctet(tag);
  if (value.length >= LONG_FORM) {
    const octets = value.length > 0xffff ? 3 : value.length > 0xff ? 2 : 1;
    writer.appendOctet(LONG_FORM | octets).appendUint(value.length, octets);
  } else writer.appendOctet(value.length);
  return writer.appendOctets(value).toOctets();
}

/** Tag(1), length of the short form or the long form with up to 3 octets, value; an indefinite length is a DecodeError. */
export function readTlv(reader: OctetReader, field: string): Tlv {
  const tag = reader.readOctet(`tag of ${field}`);
  const length = readLength(reader, field);
  if (length === 'indefinite') throw reader.error(`length of ${field}`, 'it is indefinite');
  return { tag, value: reader.readOctets(length, field) };
}

/** The rest of the reader as data objects, one behind the other. */
export function readTlvs(reader: OctetReader, field: string): Tlv[] {
  const found: Tlv[] = [];
  while (reader.remaining > 0) found.push(readTlv(reader, field));
  return found;
}

/** Data objects up to the end-of-contents octets 00 00 of an indefinite length (ISO/IEC 8825-1 §8.1.5). */
export function readTlvsToEnd(reader: OctetReader, field: string): Tlv[] {
  const found: Tlv[] = [];
  for (;;) {
    const object = readTlv(reader, field);
    if (object.tag !== END_OF_CONTENTS) found.push(object);
    else if (object.value.length === 0) return found;
    else throw reader.error('end of contents', 'it has a value');
  }
}

/** Length octets of one data object; 80 means that end-of-contents octets follow the value. */
export function readLength(reader: OctetReader, field: string): number | 'indefinite' {
  const first = reader.readOctet(`length of ${field}`);
  if (first < LONG_FORM) return first;
  const octets = first - LONG_FORM;
  if (octets === 0) return 'indefinite';
  if (octets > LONGEST_LENGTH_OCTETS) throw reader.error(`length of ${field}`, 'it has more than 3 octets');
  return reader.readUint(octets, `length of ${field}`);
}
