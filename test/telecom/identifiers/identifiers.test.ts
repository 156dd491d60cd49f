import { DecodeError } from '../../../telecom/decode-error.ts';
import { parseImei } from '../../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../../telecom/identifiers/msisdn.ts';
import { belongsTo, parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';

const accepted: readonly [name: string, parse: (text: string) => string, text: string, value: string][] = [
  ['IMSI', parseImsi, '001010000000001', '001010000000001'],
  ['IMSI', parseImsi, '001011', '001011'],
  ['MSISDN', parseMsisdn, '+436641234567', '436641234567'],
  ['MSISDN', parseMsisdn, '436641234567', '436641234567'],
  ['PLMN', parsePlmn, '00101', '00101'],
  ['PLMN', parsePlmn, '310410', '310410'],
  ['TAR', parseTar, 'B00C0A', 'b00c0a'],
  ['IMEI', parseImei, '490154203237518', '490154203237518'],
  ['IMEI', parseImei, '49015420323751', '490154203237518'],
  ['IMEI', parseImei, '490154203237510', '490154203237518'],
  ['IMEI', parseImei, '4901542032375101', '490154203237518'],
];

for (const [name, parse, text, value] of accepted) {
  test(`reads ${text} as the ${name} ${value}`, () => {
    expect(parse(text)).toBe(value);
  });
}

const refused: readonly [name: string, parse: (text: string) => string, field: string, texts: readonly string[]][] = [
  ['an IMSI', parseImsi, 'imsi', ['', '00101', '0010100000000011', '00101000000000a', '+001010000000001', '001010\n']],
  [
    'an MSISDN',
    parseMsisdn,
    'msisdn',
    ['', '+', '1234', '1234567890123456', '00436641234567', '++43664123', '43 664 123'],
  ],
  ['a PLMN', parsePlmn, 'plmn', ['', '0010', '0010101', '001-01']],
  ['a TAR', parseTar, 'tar', ['', 'b00c0', 'b00c0a0', 'g00c0a', '0xb00c']],
  ['an IMEI', parseImei, 'imei', ['', '4901542032375', '490154203237519', '49015420323751012', '49015420323751x']],
];

for (const [name, parse, field, texts] of refused) {
  for (const text of texts) {
    test(`refuses ${JSON.stringify(text)} as ${name} and says which clause it breaks`, () => {
      const error = errorOf(() => parse(text));
      expect(error.field).toBe(field);
      expect(error.clause).toMatch(/^(3GPP|ETSI) TS \d/);
    });
  }
}

test('an IMSI belongs to a network by its first digits, with an MNC of 2 or 3', () => {
  expect(belongsTo(parseImsi('001010000000001'), parsePlmn('00101'))).toBe(true);
  expect(belongsTo(parseImsi('001010000000001'), parsePlmn('001010'))).toBe(true);
  expect(belongsTo(parseImsi('001010000000001'), parsePlmn('00102'))).toBe(false);
});

function errorOf(act: () => unknown): DecodeError {
  try {
    act();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
