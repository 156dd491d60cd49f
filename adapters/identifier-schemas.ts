import { z } from 'zod';
import { DecodeError } from '../telecom/decode-error.ts';
import { parseIccid } from '../telecom/identifiers/iccid.ts';
import { parseImsi } from '../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../telecom/identifiers/msisdn.ts';

/** Identifiers as they come in a file, an event or an answer; spaces around them are dropped. */
export const iccidSchema = parsedBy(parseIccid);
export const imsiSchema = parsedBy(parseImsi);
export const msisdnSchema = parsedBy(parseMsisdn);
/** 14 digits, with or without the check digit or the software version (3GPP TS 23.003 §6.2). */
export const imeiSchema = z.string().regex(/^\d{14,16}$/, 'is not an IMEI of 14 to 16 digits');

/** What a parser throws becomes an issue of the schema: thrown on, it would leave `safeParse` as an error of nobody's. */
function parsedBy<T>(parse: (text: string) => T) {
  return z.string().transform((text, context) => {
    try {
      return parse(text.trim());
    } catch (cause) {
      context.addIssue({ code: 'custom', message: problemOf(cause) });
      return z.NEVER;
    }
  });
}

/** The field is named by the path of the issue already. */
function problemOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof DecodeError ? cause.message.replace(`${cause.field} cannot be decoded: `, '') : cause.message;
}
