import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeDeliverTpdu, encodeDeliverTpdu, type DeliverTpdu } from '../../../telecom/sms/deliver-tpdu.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');
const TO_THE_CARD: DeliverTpdu = {
  ...{ hasUserDataHeader: true, moreMessages: false, originator: { ton: 1, npi: 1, digits: '12345' } },
  ...{ protocolId: 0x7f, dataCoding: 0xf6, timestamp: hex('62103001400000'), userData: hex('027000') },
};

test('a message for the card is written as 3GPP TS 23.040 has it, its length in octets', () => {
  expect(toHex(encodeDeliverTpdu(TO_THE_CARD))).toBe('4405912143f57ff66210300140000003027000');
});

test('a message is read back as it was', () => {
  expect(decodeDeliverTpdu(encodeDeliverTpdu(TO_THE_CARD))).toEqual(TO_THE_CARD);
});

test.each([
  ['of another type', '01 00 80 00 00 00000000000000 00', 'TP-MTI'],
  ['with more digits than an address has', '04 15 80', 'length of TP-OA'],
  ['with letters in its address', '04 02 91 1a', 'TP-OA'],
  ['with digits behind its address', '04 01 91 21', 'TP-OA'],
  ['with more user data than fits', '04 00 80 7f f6 00000000000000 8d', 'TP-UDL'],
  ['whose user data is cut', '04 00 80 7f f6 00000000000000 02 aa', 'TP-UD'],
  ['with octets behind it', '04 00 80 7f f6 00000000000000 00 aa', 'TP-UD'],
  ['without a time', '04 00 80 7f f6 0000', 'TP-SCTS'],
])('a message %s is refused', (_what, octets, field) => {
  expect(() => decodeDeliverTpdu(hex(octets))).toThrow(refusal(field));
});

test('what does not fit is not written', () => {
  const tooMuch: Partial<DeliverTpdu>[] = [
    { userData: new Uint8Array(141) },
    { timestamp: new Uint8Array(6) },
    { originator: { ton: 1, npi: 1, digits: '1'.repeat(21) } },
    { originator: { ton: 1, npi: 1, digits: '+1' } },
  ];
  for (const part of tooMuch) expect(() => encodeDeliverTpdu({ ...TO_THE_CARD, ...part })).toThrow(RangeError);
});

test('every message that is written is read back, and whatever the octets are, nothing but a DecodeError is thrown', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const tpdu: fc.Arbitrary<DeliverTpdu> = fc.record({
    ...{ hasUserDataHeader: fc.boolean(), moreMessages: fc.boolean(), protocolId: octet, dataCoding: octet },
    originator: fc.record({
      ...{ ton: fc.integer({ min: 0, max: 7 }), npi: fc.integer({ min: 0, max: 15 }) },
      digits: fc.string({ unit: fc.constantFrom('0', '1', '9'), maxLength: 20 }),
    }),
    timestamp: fc.uint8Array({ minLength: 7, maxLength: 7 }),
    userData: fc.uint8Array({ maxLength: 140 }),
  });
  fc.assert(
    fc.property(tpdu, (one) => {
      expect(decodeDeliverTpdu(encodeDeliverTpdu(one))).toEqual({
        ...one,
        timestamp: new Uint8Array(one.timestamp),
        userData: new Uint8Array(one.userData),
      });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      try {
        decodeDeliverTpdu(octets);
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
