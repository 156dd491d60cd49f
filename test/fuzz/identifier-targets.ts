import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { parseTar } from '../../telecom/identifiers/tar.ts';
import { parseJson } from '../../telecom/json.ts';
import { decodeSwappedDigits } from '../../telecom/octets/swapped-digits.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { hex } from '../telecom/ota/packets.ts';
import { textTarget, type FuzzTarget } from './target.ts';

/** Identifiers, as people and other systems write them. */
export const IDENTIFIER_TARGETS: readonly FuzzTarget[] = [
  textTarget('parseIccid', parseIccid, ['8999901000000000013', '89882119900000000095']),
  textTarget('parseImei', parseImei, ['490154203237518', '49015420323751']),
  textTarget('parseImsi', parseImsi, ['001010000000001', '310150123456789']),
  textTarget('parseMsisdn', parseMsisdn, ['491700000001']),
  textTarget('parsePlmn', parsePlmn, ['00101', '310150']),
  textTarget('parseTar', parseTar, ['b00c0a']),
  textTarget('fromHex', (text) => fromHex(text, 'fuzz'), ['00a40004023f00']),
  textTarget('parseJson', parseJson, ['{"name": [1, true, null, "text"]}']),
  { name: 'decodeSwappedDigits', decode: decodeSwappedDigits, seeds: [hex('98940000000000000010')] },
];
