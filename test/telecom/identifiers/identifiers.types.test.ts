import { parseIccid, type Iccid } from '../../../telecom/identifiers/iccid.ts';
import { parseImsi, type Imsi } from '../../../telecom/identifiers/imsi.ts';
import { parseMsisdn, type Msisdn } from '../../../telecom/identifiers/msisdn.ts';

const imsi = parseImsi('001010000000001');

test('an identifier is text wherever text is wanted', () => {
  const text: string = imsi;
  expect(text).toBe('001010000000001');
});

test('one identifier cannot be passed where another belongs, nor text that no parser has seen', () => {
  // @ts-expect-error an Imsi is not an Iccid
  const iccid: Iccid = imsi;
  // @ts-expect-error an Imsi is not an Msisdn
  const msisdn: Msisdn = imsi;
  // @ts-expect-error digits are not an Imsi before they are parsed
  const unparsed: Imsi = '001010000000001';
  expect([iccid, msisdn, unparsed]).toEqual([imsi, imsi, imsi]);
  expect(parseIccid('8999901000000000013')).not.toBe(parseMsisdn('99901000000001'));
});
