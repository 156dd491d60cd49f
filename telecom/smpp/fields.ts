import type { OctetReader } from '../octets/reader.ts';
import type { OctetWriter } from '../octets/writer.ts';

/** The clause that every field of a PDU is defined under. */
export const SMPP_CLAUSE = 'SMPP 3.4 §4';
const LONGEST_TLV = 0xffff;

/** Number and numbering plan of one side of a message (SMPP 3.4 §5.2.5 to §5.2.9). */
export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
}

/** An optional parameter: tag, and its value in octets (SMPP 3.4 §5.3). */
export interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** Tags of the optional parameters that this project sets or reads (SMPP 3.4 §5.3.2). */
export const TLV_TAGS = {
  receiptedMessageId: 0x001e,
  scInterfaceVersion: 0x0210,
  dpfResult: 0x0420,
  setDpf: 0x0421,
  msAvailabilityStatus: 0x0422,
  networkErrorCode: 0x0423,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const;

/** ASCII and a closing zero octet, at most `size` octets with it; a text that does not fit is a RangeError. */
export function appendText(writer: OctetWriter, text: string, { field, size }: { field: string; size: number }): void {
  if (!isAscii(text)) throw new RangeError(`${field} has a character that is not ASCII`);
  if (text.length >= size) throw new RangeError(`${field} is longer than ${String(size - 1)} characters`);
  writer.appendOctets(new Uint8Array(Buffer.from(text, 'latin1'))).appendOctet(0);
}

/** ASCII without NUL, which would end the text. */
const isAscii = (text: string): boolean => Buffer.from(text, 'utf8').every((octet) => octet > 0 && octet < 0x80);

/** Octets up to a zero octet, which ends the text and is not part of it; at most `size` with it. */
export function readText(reader: OctetReader, { field, size }: { field: string; size: number }): string {
  const octets: number[] = [];
  for (let octet = reader.readOctet(field); octet !== 0; octet = reader.readOctet(field)) {
    octets.push(octet);
    if (octets.length >= size) throw reader.error(field, `it does not end within ${String(size)} octets`);
  }
  return Buffer.from(octets).toString('latin1');
}

/** TON(1) NPI(1) address. */
export function appendAddress(
  writer: OctetWriter,
  { ton, npi, address }: Address,
  place: { field: string; size: number },
): void {
  writer.appendOctet(ton).appendOctet(npi);
  appendText(writer, address, place);
}

/** TON(1) NPI(1) address. */
export function readAddress(reader: OctetReader, place: { field: string; size: number }): Address {
  return {
    ton: reader.readOctet(`TON of ${place.field}`),
    npi: reader.readOctet(`NPI of ${place.field}`),
    address: readText(reader, place),
  };
}

/** Tag(2) length(2) value of each. */
export function appendTlvs(writer: OctetWriter, tlvs: readonly Tlv[]): void {
  for (const { tag, value } of tlvs) {
    if (value.length > LONGEST_TLV) throw new RangeError('an optional parameter is longer than 65535 octets');
    writer.appendUint(tag, 2).appendUint(value.length, 2).appendOctets(value);
  }
}

/** Tag(2) length(2) value of each, up to the end of the PDU; those that nobody knows are kept. */
export function readTlvs(reader: OctetReader): Tlv[] {
  const tlvs: Tlv[] = [];
  while (reader.remaining > 0) {
    const tag = reader.readUint(2, 'tag of optional parameter');
    tlvs.push({
      tag,
      value: reader.readOctets(reader.readUint(2, 'length of optional parameter'), 'optional parameter'),
    });
  }
  return tlvs;
}
