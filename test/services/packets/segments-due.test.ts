import type { EarlierSubmission } from '../../../services/packets/submission-history.ts';
import { segmentsDue } from '../../../services/packets/segments-due.ts';
import type { MessageState } from '../../../telecom/smpp/delivery-receipt.ts';

const NEXT = 12;
const FIRST: EarlierSubmission = {
  sequence: 10,
  messageIds: ['a1', 'a2', 'a3'],
  segments: null,
  accepted: true,
  isValid: true,
};
const whole = (more: Partial<EarlierSubmission> = {}): EarlierSubmission => ({ ...FIRST, ...more });
type Receipts = Readonly<Record<string, MessageState>>;
const due = (submissions: readonly EarlierSubmission[], receipts: Receipts, sequence = NEXT) =>
  segmentsDue({ submissions, receipts }, sequence);

test.each(['expired', 'undeliverable', 'deleted', 'rejected'] as const)(
  'of a packet of which one segment was given up as %s, while the others were delivered, that one is due alone',
  (state) => {
    expect(due([whole()], { a1: 'delivered', a2: state, a3: 'delivered' })).toEqual([2]);
  },
);

test.each([undefined, 'enroute', 'accepted', 'unknown'] as const)(
  'a segment of which is heard: %s, which does not tell that it arrived, goes with the one that was given up',
  (state) => {
    expect(due([whole()], { ...(state && { a1: state }), a2: 'delivered', a3: 'expired' })).toEqual([1, 3]);
  },
);

test.each<readonly [string, Receipts]>([
  ['nothing was given up', { a1: 'delivered', a2: 'delivered', a3: 'delivered' }],
  ['nothing was given up, though not all is heard of', { a1: 'delivered', a3: 'unknown' }],
  ['nothing arrived', { a1: 'expired', a2: 'expired', a3: 'expired' }],
  ['nothing is heard', {}],
])('the whole packet is due when %s', (_when, receipts) => {
  expect(due([whole()], receipts)).toBeNull();
});

test.each([
  ['2600', '9728'],
  ['9728', '2600'],
])('a segment that the SMSC took as %s is known when its receipt calls it %s', (taken, called) => {
  const submission = whole({ messageIds: ['1', taken] });
  expect(due([submission], { 1: 'delivered', [called]: 'expired' })).toEqual([2]);
});

test('a receipt is that of the segment with its very id, also where another one has the same number in another base', () => {
  const submission = whole({ messageIds: ['100', '256', '7'] });
  expect(due([submission], { 256: 'delivered', 7: 'expired' })).toEqual([1, 3]);
});

test('what is final stays so, whatever is said of the segment besides', () => {
  const submission = whole({ messageIds: ['10', '7'] });
  expect(due([submission], { 10: 'delivered', 16: 'enroute', 7: 'expired' })).toEqual([2]);
});

test('receipts of an earlier submission say nothing of the last one', () => {
  const again = whole({ sequence: 11, messageIds: ['b1', 'b2', 'b3'] });
  expect(due([again, whole()], { a1: 'delivered', a2: 'expired', a3: 'delivered' })).toBeNull();
  expect(due([again, whole()], { a2: 'expired', b1: 'expired', b2: 'delivered', b3: 'delivered' })).toEqual([1]);
});

test('after a submission of what was missing the whole packet is due', () => {
  const missing = whole({ sequence: 11, messageIds: ['b2', 'b3'], segments: [2, 3] });
  expect(due([missing, whole()], { a1: 'delivered', b2: 'delivered', b3: 'expired' })).toBeNull();
});

test('after a submission of which the SMSC did not take everything the whole packet is due', () => {
  const broken = whole({ sequence: 11, messageIds: ['b1', 'b2'], accepted: false });
  expect(due([broken, whole()], { b1: 'delivered', b2: 'expired' })).toBeNull();
});

test('an attempt of a step that has begun makes the choice of the first one, whatever was heard since', () => {
  const begun = whole({ sequence: NEXT, messageIds: [], segments: [2], accepted: false });
  expect(due([begun, whole()], {})).toEqual([2]);
  expect(due([{ ...begun, segments: null }, whole()], { a1: 'delivered', a2: 'expired' })).toBeNull();
});

test('of a packet that was never submitted all is due', () => {
  expect(due([], {})).toBeNull();
});
