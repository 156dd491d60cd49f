import type { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { decodeSwappedDigits, encodeSwappedDigits } from '../octets/swapped-digits.ts';
import { OctetWriter } from '../octets/writer.ts';

/** The text that defines GSUP: it has no number of its own. */
export const GSUP_CLAUSE = 'OsmoHLR manual, GSUP';

/** Tags of the information elements that are read and written here (OsmoHLR manual, GSUP, information elements). */
export const ELEMENT = {
  imsi: 0x01,
  cause: 0x02,
  authTuple: 0x03,
  cancelType: 0x06,
  msisdn: 0x08,
  rand: 0x20,
  sres: 0x21,
  kc: 0x22,
  ik: 0x23,
  ck: 0x24,
  autn: 0x25,
  auts: 0x26,
  res: 0x27,
  cnDomain: 0x28,
  imei: 0x50,
  imeiResult: 0x51,
  vectorsWanted: 0x52,
} as const;

/** Name of an information element. */
export type ElementName = keyof typeof ELEMENT;

/** Appends tag(1) length(1) value of one element; a value longer than 255 octets is a RangeError. */
export function appendElement(writer: OctetWriter, name: ElementName, value: Uint8Array): void {
  writer.appendOctet(ELEMENT[name]).appendOctet(value.length).appendOctets(value);
}

/** The elements of a message or of an authentication tuple; those that are not known are skipped, as the protocol wants it. */
export class Elements {
  readonly #values = new Map<number, Uint8Array[]>();
  readonly #reader: OctetReader;

  /** Reads tag(1) length(1) value of each, up to the end; throws DecodeError. */
  constructor(octets: Uint8Array) {
    this.#reader = new OctetReader(octets, { clause: GSUP_CLAUSE });
    while (this.#reader.remaining > 0) {
      const tag = this.#reader.readOctet('tag of element');
      const value = this.#reader.readOctets(this.#reader.readOctet('length of element'), 'element');
      this.#values.set(tag, [...(this.#values.get(tag) ?? []), value]);
    }
  }

  /** All elements of this name, in their order. */
  all(name: ElementName): readonly Uint8Array[] {
    return this.#values.get(ELEMENT[name]) ?? [];
  }

  /** The last element of this name, or nothing. */
  find(name: ElementName): Uint8Array | undefined {
    return this.all(name).at(-1);
  }

  /** The element of this name, which has to be there, and with this length where one is given. */
  get(name: ElementName, length?: number): Uint8Array {
    const value = this.find(name);
    if (value === undefined) throw this.refused(name, 'it is missing');
    if (length !== undefined && value.length !== length) {
      throw this.refused(name, `it is not ${String(length)} octets long`);
    }
    return value;
  }

  /** The one octet of an element, which has to be there. */
  octet(name: ElementName): number {
    return this.get(name, 1)[0] ?? 0;
  }

  /** A DecodeError for the element of this name. */
  refused(name: ElementName, problem: string): DecodeError {
    return this.#reader.error(name, problem);
  }
}

/** Nibble-swapped digits with an F fill: how an IMSI stands in its element. */
export const encodeDigits = (digits: string): Uint8Array => encodeSwappedDigits(digits, 'digits');

/** The digits, without the fill behind them. */
export const decodeDigits = (octets: Uint8Array): string => decodeSwappedDigits(octets).replace(/f$/, '');

/** Length of the rest(1), nibble-swapped digits with an F fill: how MSISDN and IMEI stand in their elements. */
export function encodeCountedDigits(digits: string): Uint8Array {
  const swapped = encodeDigits(digits);
  return new OctetWriter().appendOctet(swapped.length).appendOctets(swapped).toOctets();
}

/** The digits behind a length octet; throws DecodeError when it is not that of the rest. */
export function decodeCountedDigits(octets: Uint8Array, field: string): string {
  const reader = new OctetReader(octets, { clause: GSUP_CLAUSE });
  const digits = reader.readOctets(reader.readOctet(`length of ${field}`), field);
  reader.expectEnd(field);
  return decodeDigits(digits);
}
