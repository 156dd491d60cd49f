import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeSmsPpDownload, encodeSmsPpDownload } from '../../../telecom/uicc/sms-pp-download.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');
const TPDU = hex('4405912143f57ff66210300140000003027000');

test('an envelope is 80 C2, from the network to the card, with the message as it came', () => {
  expect(toHex(encodeSmsPpDownload({ serviceCentre: hex('912143f5'), tpdu: TPDU }))).toBe(
    `80c2000021d11f820283810604912143f58b13${toHex(TPDU)}`,
  );
});

test('an envelope is read back, with Le or without, with any flag of comprehension, with its address or without', () => {
  const whole = { serviceCentre: hex('912143f5'), tpdu: TPDU };
  const octets = encodeSmsPpDownload(whole);
  expect(decodeSmsPpDownload(octets)).toEqual(whole);
  expect(decodeSmsPpDownload(Uint8Array.of(...octets, 0))).toEqual(whole);
  const flagged = octets.slice();
  flagged[octets.indexOf(0x06)] = 0x86;
  expect(decodeSmsPpDownload(flagged)).toEqual(whole);
  const bare = { serviceCentre: undefined, tpdu: TPDU };
  expect(decodeSmsPpDownload(encodeSmsPpDownload(bare))).toEqual(bare);
});

test('a message of 140 octets takes the long form of a length', () => {
  const tpdu = new Uint8Array(164).fill(7);
  expect(decodeSmsPpDownload(encodeSmsPpDownload({ serviceCentre: undefined, tpdu })).tpdu).toEqual(tpdu);
  expect(() => encodeSmsPpDownload({ serviceCentre: undefined, tpdu: new Uint8Array(250) })).toThrow(RangeError);
});

test.each([
  ['of another command', '80c2010000', 'header of ENVELOPE'],
  ['of another kind', '80c2000002 d600', 'tag of SMS-PP download'],
  ['without a message', '80c2000006 d104 82028381', 'SMS TPDU'],
  ['that is cut', '80c2000005 d103', 'data'],
  ['with octets behind it', '80c2000000 0000', 'Le'],
])('an envelope %s is refused', (_what, octets, field) => {
  expect(() => decodeSmsPpDownload(hex(octets))).toThrow(refusal(field));
});

test('whatever the octets are, nothing but a DecodeError is thrown', () => {
  const nearly = fc.uint8Array({ maxLength: 50 }).map((rest) => Uint8Array.of(0x80, 0xc2, 0, 0, rest.length, ...rest));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 50 })), (octets) => {
      try {
        decodeSmsPpDownload(octets);
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
