import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { luhnDigit, parseIccid } from '../../../telecom/identifiers/iccid.ts';

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(''));

test.each(['8999901000000000013', '8988211000000530082', '89882119900000000095'])('accepts the ICCID %s', (text) => {
  expect(parseIccid(text)).toBe(text);
});

test.each([
  ['', 'is not 19 or 20 digits'],
  ['899990100000000001', 'is not 19 or 20 digits'],
  ['899990100000000001300', 'is not 19 or 20 digits'],
  ['899990100000000001a', 'is not 19 or 20 digits'],
  [' 8999901000000000013', 'is not 19 or 20 digits'],
  ['8999901000000000013\n', 'is not 19 or 20 digits'],
  ['٨999901000000000013', 'is not 19 or 20 digits'],
  ['8999901000000000014', 'is not the check digit'],
])('refuses %j as an ICCID', (text, problem) => {
  expect(() => parseIccid(text)).toThrow(DecodeError);
  expect(() => parseIccid(text)).toThrow(problem);
});

test('the check digit is that of the published example 7992739871', () => {
  expect(luhnDigit('7992739871')).toBe('3');
});

test('one mistyped digit never makes another ICCID', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(18, 19).chain(digits),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (payload, at, added) => {
        const iccid = parseIccid(payload + luhnDigit(payload));
        const place = at % iccid.length;
        const mistyped = (Number(iccid.charAt(place)) + added) % 10;
        expect(() => parseIccid(iccid.slice(0, place) + String(mistyped) + iccid.slice(place + 1))).toThrow(
          DecodeError,
        );
      },
    ),
  );
});
