import type { OctetReader } from '../octets/reader.ts';
import { decodeSwappedDigits, encodeSwappedDigits } from '../octets/swapped-digits.ts';
import type { OctetWriter } from '../octets/writer.ts';

const EXTENSION_BIT = 0x80;
const LONGEST_ADDRESS = 20;
const DIGITS = /^\d*$/;

/** One end of a message: type of number, numbering plan, digits (3GPP TS 23.040 §9.1.2.5). */
export interface SmsAddress {
  readonly ton: number;
  readonly npi: number;
  readonly digits: string;
}

/** Number of digits(1), type of number and numbering plan(1), swapped digits. What does not fit is a RangeError. */
export function appendSmsAddress(
  writer: OctetWriter,
  { ton, npi, digits }: SmsAddress,
  { field }: { field: string },
): void {
  if (digits.length > LONGEST_ADDRESS || !DIGITS.test(digits))
    throw new RangeError('the address is not up to 20 decimal digits');
  writer
    .appendOctet(digits.length)
    .appendOctet(EXTENSION_BIT | (ton << 4) | npi)
    .appendOctets(encodeSwappedDigits(digits, field));
}

/** Number of digits(1), type of number and numbering plan(1), swapped digits; throws only DecodeError. */
export function readSmsAddress(reader: OctetReader, { field }: { field: string }): SmsAddress {
  const length = reader.readOctet(`length of ${field}`);
  if (length > LONGEST_ADDRESS) throw reader.error(`length of ${field}`, 'it is more than 20 digits');
  const type = reader.readOctet(`type of ${field}`);
  const nibbles = decodeSwappedDigits(reader.readOctets(Math.ceil(length / 2), field));
  const digits = nibbles.slice(0, length);
  if (!DIGITS.test(digits) || /[^f]/.test(nibbles.slice(length)))
    throw reader.error(field, 'it has other nibbles than its decimal digits');
  return { ton: (type >> 4) & 0x7, npi: type & 0xf, digits };
}
