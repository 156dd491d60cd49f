import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { GatewayFile } from '../config.ts';

/** The IMSI and the MSISDN with this number in the pool, counted from 1. */
export function numbersAt(pool: GatewayFile['pool'], number: number): { readonly imsi: Imsi; readonly msisdn: Msisdn } {
  const { imsiPrefix, imsiDigits, msisdnPrefix, msisdnDigits } = pool;
  return {
    imsi: parseImsi(imsiPrefix + String(number).padStart(imsiDigits - imsiPrefix.length, '0')),
    msisdn: parseMsisdn(msisdnPrefix + String(number).padStart(msisdnDigits - msisdnPrefix.length, '0')),
  };
}
