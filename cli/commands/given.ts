import { readFileSync } from 'node:fs';
import { DecodeError } from '../../telecom/decode-error.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { Secret } from '../../telecom/secret.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { TEXT } from '../text.ts';

export interface KeyOptions {
  /** A JSON file of keys in hex, by name. */
  readonly keys?: string;
}

/** Keys as given, each in hex: what stands in the options goes before what stands in the file. A value is never repeated in an error. */
export function givenKeys<Name extends string>(
  { keys: file }: KeyOptions,
  options: Readonly<Record<Name, string | undefined>>,
): Readonly<Partial<Record<Name, string>>> {
  const fromFile = file === undefined ? {} : readKeys(file);
  const names = Object.keys(options) as Name[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = options[name] ?? fromFile[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ) as Partial<Record<Name, string>>;
}

function readKeys(file: string): Readonly<Record<string, string>> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    // What the parser says may quote the file.
    const problem = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is not JSON';
    throw new CommandError(TEXT.badKeyFile(file, problem), EXIT.data);
  }
  if (typeof content !== 'object' || content === null || Object.values(content).some((key) => typeof key !== 'string'))
    throw new CommandError(TEXT.badKeyFile(file, 'it is not an object of strings'), EXIT.data);
  return content as Record<string, string>;
}

/** A key in hex; without one, a key of no octets, which fits a packet that needs none and is refused by every other. */
export function octetsOf(hex: string | undefined, field: string, length?: number): Secret<Uint8Array> {
  return Secret.of(length === undefined ? fromHex(hex ?? '', field) : sized(hex ?? '', field, length));
}

/** Hex of exactly so many octets; throws DecodeError. */
export function sized(hex: string, field: string, length: number): Uint8Array {
  const octets = fromHex(hex, field);
  if (octets.length === length) return octets;
  const problem = `it has ${String(octets.length)} octets, not ${String(length)}`;
  throw new DecodeError({ field, clause: '3GPP TS 35.206 §2', problem });
}

/** One octet in hex. */
export function octetOf(hex: string, field: string): number {
  const [octet, ...rest] = fromHex(hex, field);
  if (octet !== undefined && rest.length === 0) return octet;
  throw new DecodeError({ field, clause: 'ETSI TS 102 225 §5.1', problem: 'it is not one octet' });
}

/** A decimal number from 0 on. */
export function wholeNumber(text: string, option: string, highest: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= highest) return number;
  throw new CommandError(TEXT.badNumber(option, text, highest), EXIT.usage);
}
