import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import {
  parseUserDataHeader,
  reassemble,
  segmentCommandPacket,
  type SegmentLayout,
} from '../../../telecom/sms/segments.ts';
import { refusal } from '../refusal.ts';

const packetOf = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);
const headerOf = (userData: Uint8Array) => toHex(userData.slice(0, 1 + (userData[0] ?? 0)));

test('a packet of up to 137 octets travels in one message', () => {
  for (const length of [0, 1, 137]) {
    const segments = segmentCommandPacket(packetOf(length), { reference: 9 });
    expect(segments.map(headerOf)).toEqual(['027000']);
    expect(reassemble(segments)).toEqual(packetOf(length));
  }
});

test.each([
  [138, ['0700030902017000', '050003090202'], [140, 12]],
  [266, ['0700030902017000', '050003090202'], [140, 140]],
  [267, ['0700030903017000', '050003090302', '050003090303'], [140, 140, 7]],
])(
  'a packet of %i octets is cut at full messages, the first of which names it a command',
  (length, headers, lengths) => {
    const segments = segmentCommandPacket(packetOf(length), { reference: 9 });
    expect(segments.map(headerOf)).toEqual(headers);
    expect(segments.map((segment) => segment.length)).toEqual(lengths);
  },
);

test.each([
  [{ reference: 0x1234, referenceBits: 16 }, ['08080412340201' + '7000', '06080412340202']],
  [{ reference: 9, layout: 'commandFirst' }, ['0770000003090201', '0770000003090202']],
  [{ reference: 0xabcd, referenceBits: 16, layout: 'commandFirst' }, ['0870000804abcd0201', '0870000804abcd0202']],
] as const)('a packet is cut as its card wants it: %j', (segmentation, headers) => {
  const segments = segmentCommandPacket(packetOf(200), segmentation);
  expect(segments.map(headerOf)).toEqual(headers);
  expect(reassemble(segments.toReversed())).toEqual(packetOf(200));
});

test('a last message that is needed for its longer header alone is not empty', () => {
  for (const length of [263, 264, 265, 266]) {
    const segments = segmentCommandPacket(packetOf(length), { reference: 1, layout: 'commandFirst' });
    expect(segments.every((segment) => parseUserDataHeader(segment).payload.length > 0)).toBe(true);
    expect(reassemble(segments)).toEqual(packetOf(length));
  }
});

test('in every layout no message is too long or empty, and they make the packet again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 138, max: 3_000 }),
      fc.constantFrom<8 | 16>(8, 16),
      fc.constantFrom<SegmentLayout>('standard', 'commandFirst'),
      (length, referenceBits, layout) => {
        const segments = segmentCommandPacket(packetOf(length), { reference: 200, referenceBits, layout });
        for (const segment of segments) {
          expect(segment.length).toBeLessThanOrEqual(140);
          expect(parseUserDataHeader(segment).payload.length).toBeGreaterThan(0);
        }
        expect(reassemble(segments)).toEqual(packetOf(length));
      },
    ),
  );
});

test('a packet that needs more than 255 messages, and a reference beyond one octet, are refused', () => {
  expect(segmentCommandPacket(packetOf(132 + 254 * 134), { reference: 0 })).toHaveLength(255);
  expect(() => segmentCommandPacket(packetOf(133 + 254 * 134), { reference: 0 })).toThrow(RangeError);
  expect(() => segmentCommandPacket(packetOf(200), { reference: 256 })).toThrow(RangeError);
});

test('messages make the packet again in any order and however often they come, and nothing before all are there', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 138, max: 1500 }),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(),
      (length, reference, lost) => {
        const segments = segmentCommandPacket(packetOf(length), { reference });
        const twiceBackwards = [...segments, ...segments].reverse();
        expect(reassemble(twiceBackwards)).toEqual(packetOf(length));
        const missing = lost % segments.length;
        expect(reassemble(segments.filter((_, index) => index !== missing))).toBeUndefined();
      },
    ),
  );
  expect(reassemble([])).toBeUndefined();
});

test('messages that do not belong together are refused', () => {
  const ours = segmentCommandPacket(packetOf(200), { reference: 1 });
  const other = segmentCommandPacket(packetOf(200), { reference: 2 });
  const longer = segmentCommandPacket(packetOf(300), { reference: 1 });
  const changed = segmentCommandPacket(packetOf(200).with(0, 77), { reference: 1 });
  const single = segmentCommandPacket(packetOf(20), { reference: 1 });
  for (const strange of [other, longer, changed, single]) {
    expect(() => reassemble([...ours, ...strange])).toThrow(DecodeError);
  }
  expect(() => reassemble([...single, ...ours])).toThrow(DecodeError);
});

test.each([
  ['027000aabb', { concatenation: undefined, kind: 'commandPacket' }, 'aabb'],
  ['027100', { concatenation: undefined, kind: 'responsePacket' }, ''],
  [
    '0a70000804010203' + '017f00' + 'cc',
    { concatenation: { reference: 0x0102, total: 3, part: 1 }, kind: 'commandPacket' },
    'cc',
  ],
  ['00dd', { concatenation: undefined, kind: undefined }, 'dd'],
])('reads the header of %s', (userData, expected, payload) => {
  expect(parseUserDataHeader(fromHex(userData, 'user data'))).toEqual({
    ...expected,
    payload: fromHex(payload, 'payload'),
  });
});

test.each([
  ['', 'UDHL'],
  ['05', 'UDH'],
  ['0170', 'IEL'],
  ['0200050102', 'IE'],
  ['05000309020300', 'concatenation part'],
  ['05000309020000', 'concatenation part'],
  ['0400020902', 'concatenation part'],
  ['060004090201ff', 'concatenation'],
])('refuses the header %j by the field %s', (userData, field) => {
  const refused = refusal(field);
  expect(() => parseUserDataHeader(fromHex(userData, 'user data'))).toThrow(refused);
});

test('whatever arrives is user data or a DecodeError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }), (messages) => {
      try {
        reassemble(messages);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
