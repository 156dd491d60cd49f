import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import {
  decodeDeliverReport,
  encodeDeliverReport,
  FAILURE_CAUSE,
  type DeliverReport,
} from '../../../telecom/sms/deliver-report-tpdu.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');

const VECTORS: readonly [what: string, octets: string, report: DeliverReport][] = [
  ['acknowledges and says no more', '0000', { kind: 'acknowledged', userData: undefined }],
  ['carries the answer of the card', '00077ff603027100', { kind: 'acknowledged', userData: hex('027100') }],
  ['says that the card is busy', '00d400', { kind: 'failed', cause: FAILURE_CAUSE.toolkitBusy, userData: undefined }],
  ['fails with an answer', '00d5077ff601aa', { kind: 'failed', cause: 0xd5, userData: hex('aa') }],
];

test.each(VECTORS)('a report that %s is written and read as 3GPP TS 23.040 has it', (_what, octets, report) => {
  expect(toHex(encodeDeliverReport(report))).toBe(octets);
  expect(decodeDeliverReport(hex(octets))).toEqual(report);
});

test.each([
  ['of another type', '01 00', 'TP-MTI'],
  ['whose user data is cut', '00 07 7f f6 02 aa', 'TP-UD'],
  ['with octets behind it', '00 00 aa', 'TP-UD'],
  ['that ends early', '00 d4', 'TP-PI'],
])('a report %s is refused', (_what, octets, field) => {
  expect(() => decodeDeliverReport(hex(octets))).toThrow(refusal(field));
});

test('what does not fit is not written', () => {
  expect(() => encodeDeliverReport({ kind: 'acknowledged', userData: new Uint8Array(160) })).toThrow(RangeError);
  expect(() => encodeDeliverReport({ kind: 'failed', cause: 0x7f, userData: undefined })).toThrow(RangeError);
});

test('whatever the octets are, nothing but a DecodeError is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      try {
        decodeDeliverReport(octets);
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
