import fc from 'fast-check';
import {
  MESSAGE_STATES,
  isDeliveryReceipt,
  isSameMessageId,
  isSameMessageNumber,
  readDeliveryReceipt,
} from '../../../telecom/smpp/delivery-receipt.ts';
import { TLV_TAGS, type Tlv } from '../../../telecom/smpp/fields.ts';

const receipt = (text: string, tlvs: readonly Tlv[] = []) =>
  readDeliveryReceipt({ shortMessage: new Uint8Array(Buffer.from(text, 'latin1')), tlvs });
const tlv = (tag: number, value: string | number): Tlv => ({
  tag,
  value: typeof value === 'number' ? Uint8Array.of(value) : new Uint8Array(Buffer.from(value, 'latin1')),
});

test('the text of SMPP 3.4 appendix B is read', () => {
  const text =
    'id:0123456789 sub:001 dlvrd:001 submit date:2601310903 done date:2601310904 stat:DELIVRD err:000 text:hello stat:EXPIRED';
  expect(receipt(text)).toEqual({ messageId: '0123456789', state: 'delivered', error: '000' });
});

test.each([
  ['id: a1 stat: UNDELIV err: 1b', { messageId: 'a1', state: 'undeliverable', error: '1b' }],
  ['ID:7 Stat:Expired', { messageId: '7', state: 'expired', error: undefined }],
  ['stat:DELIVERED', { messageId: undefined, state: 'delivered', error: undefined }],
  ['stat:REJECTED id:9', { messageId: '9', state: 'rejected', error: undefined }],
  ['stat:NEVER', { messageId: undefined, state: undefined, error: undefined }],
  ['', { messageId: undefined, state: undefined, error: undefined }],
])('of "%s" what can be read is read', (text, expected) => {
  expect(receipt(text)).toEqual(expected);
});

test('optional parameters say more than the text', () => {
  const tlvs = [tlv(TLV_TAGS.receiptedMessageId, 'ff\0'), tlv(TLV_TAGS.messageState, 5)];
  expect(receipt('id:1 stat:DELIVRD err:020', tlvs)).toEqual({ messageId: 'ff', state: 'undeliverable', error: '020' });
});

test('every value of message_state has its name, and others have none', () => {
  expect(MESSAGE_STATES.map((_, index) => receipt('', [tlv(TLV_TAGS.messageState, index + 1)]).state)).toEqual([
    ...MESSAGE_STATES,
  ]);
  for (const value of [0, 9, 255]) expect(receipt('', [tlv(TLV_TAGS.messageState, value)]).state).toBeUndefined();
});

test.each([
  ['a1f', 'A1F', true],
  ['12', '0000000012', true],
  ['1a', '0000001A', true],
  ['26', ' 26 ', true],
  ['0', '0000000000', true],
  ['a1f', '2591', false],
  ['10', '16', false],
  ['120', '12', false],
])('the ids %j and %j are the same: %s', (one, other, same) => {
  expect(isSameMessageId(one, other)).toBe(same);
  expect(isSameMessageId(other, one)).toBe(same);
});

test.each([
  ['a1f', '2591', true],
  ['0000000A', '10', true],
  ['10', '0000000016', true],
  ['a1f', '2592', false],
  ['x1', '1', false],
])('the ids %j and %j are one number, in hex and in decimal: %s', (one, other, same) => {
  expect(isSameMessageNumber(one, other)).toBe(same);
  expect(isSameMessageNumber(other, one)).toBe(same);
});

test.each([
  [0x04, true],
  [0x44, true],
  [0x00, false],
  [0x40, false],
  [0x08, false],
  [0x20, false],
])('a message with esm_class %d is a receipt: %s', (esmClass, expected) => {
  expect(isDeliveryReceipt({ esmClass })).toBe(expected);
});

test('whatever a receipt holds, it is read in time that its length bounds, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 254 }), (shortMessage) => {
      expect(Object.keys(readDeliveryReceipt({ shortMessage, tlvs: [] }))).toEqual(['messageId', 'state', 'error']);
    }),
  );
});
