import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeEfImsi, encodeEfImsi } from '../../../telecom/uicc/imsi-file.ts';
import { refusal } from '../refusal.ts';

const vectors = [
  ['228062800000208', '082982608200002080'],
  ['262011106487504', '082926101160845740'],
  ['00101000000001', '0801101000000000f1'],
  ['001011', '04011010f1ffffffff'],
] as const;

for (const [imsi, content] of vectors) {
  test(`EF.IMSI of ${imsi} is ${content}`, () => {
    expect(toHex(encodeEfImsi(parseImsi(imsi)))).toBe(content);
    expect(decodeEfImsi(fromHex(content, 'EF.IMSI'))).toBe(imsi);
  });
}

test.each([
  ['ffffffffffffffffff', 'efImsi.length', 'an empty file'],
  ['092982608200002080', 'efImsi.length', 'a length beyond the file'],
  ['002982608200002080', 'efImsi.type', 'no identity at all'],
  ['082a82608200002080', 'efImsi.type', 'an identity of another type'],
  ['082182608200002080', 'efImsi.fill', 'an even number of digits without fill'],
  ['072982608200002080', 'efImsi.fill', 'digits beyond the length'],
  ['0829826082000020a0', 'imsi', 'a nibble that is no digit'],
  ['0829826082000020', 'efImsi.identity', 'a file cut short'],
  ['08298260820000208000', 'efImsi', 'a file too long'],
])('refuses %s by the field %s: %s', (content, field) => {
  expect(() => decodeEfImsi(fromHex(content, 'EF.IMSI'))).toThrow(refusal(field));
});

test('every IMSI survives the file', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{6,15}$/), (text) => {
      expect(decodeEfImsi(encodeEfImsi(parseImsi(text)))).toBe(text);
    }),
  );
});

test('no content of the file makes anything but an IMSI that encodes to it, or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), (octets) => {
      try {
        expect(encodeEfImsi(decodeEfImsi(octets))).toEqual(octets);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
