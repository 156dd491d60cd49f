import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeSubmitTpdu, encodeSubmitTpdu, type SubmitTpdu } from '../../../telecom/sms/submit-tpdu.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');
const FROM_THE_CARD: SubmitTpdu = {
  ...{ hasUserDataHeader: true, reference: 5, destination: { ton: 1, npi: 1, digits: '46708251358' } },
  ...{ protocolId: 0x7f, dataCoding: 0xf6, userData: hex('027100') },
};

test('a message of a card is written as 3GPP TS 23.040 has it', () => {
  expect(toHex(encodeSubmitTpdu(FROM_THE_CARD))).toBe('41050b916407281553f87ff603027100');
});

test('a message is read back as it was', () => {
  expect(decodeSubmitTpdu(encodeSubmitTpdu(FROM_THE_CARD))).toEqual(FROM_THE_CARD);
});

test.each([
  ['of another type', '00 00 00 80 00 00 00', 'TP-MTI'],
  ['with a validity period', '11 00 00 80 00 00 a7 00', 'TP-VPF'],
  ['with letters in its address', '01 00 02 91 1a', 'TP-DA'],
  ['with more user data than fits', '01 00 00 80 7f f6 8d', 'TP-UDL'],
  ['whose user data is cut', '01 00 00 80 7f f6 02 aa', 'TP-UD'],
  ['with octets behind it', '01 00 00 80 7f f6 00 aa', 'TP-UD'],
])('a message %s is refused', (_what, octets, field) => {
  expect(() => decodeSubmitTpdu(hex(octets))).toThrow(refusal(field));
});

test('what does not fit is not written', () => {
  expect(() => encodeSubmitTpdu({ ...FROM_THE_CARD, userData: new Uint8Array(141) })).toThrow(RangeError);
  expect(() => encodeSubmitTpdu({ ...FROM_THE_CARD, reference: 256 })).toThrow(RangeError);
});

test('whatever the octets are, nothing but a DecodeError is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      try {
        decodeSubmitTpdu(octets);
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
