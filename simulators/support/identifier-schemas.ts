import { z } from 'zod';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { messageOf } from './log.ts';

/** Identifiers as they come over a wire or out of a journal. */
export const iccidSchema = parsedBy(parseIccid);
export const imeiSchema = parsedBy(parseImei);
export const imsiSchema = parsedBy(parseImsi);
export const msisdnSchema = parsedBy(parseMsisdn);
export const plmnSchema = parsedBy(parsePlmn);

function parsedBy<T>(parse: (text: string) => T) {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (cause) {
      context.issues.push({ code: 'custom', message: messageOf(cause), input: text });
      return z.NEVER;
    }
  });
}
