import { deliveriesOf } from '../../../adapters/smsc/deliveries.ts';
import { TLV_TAGS } from '../../../telecom/smpp/fields.ts';
import { ESM_CLASS, type ShortMessage } from '../../../telecom/smpp/short-message.ts';

const RECEIPT: ShortMessage = {
  ...{ serviceType: '', protocolId: 0, priorityFlag: 0, scheduleDeliveryTime: '', validityPeriod: '' },
  ...{ registeredDelivery: 0, replaceIfPresent: 0, dataCoding: 0, defaultMessageId: 0 },
  source: { ton: 1, npi: 1, address: '491700000001' },
  destination: { ton: 0, npi: 0, address: '900' },
  esmClass: ESM_CLASS.deliveryReceipt,
  shortMessage: new Uint8Array(),
  tlvs: [],
};
const TEXT = new Uint8Array(Buffer.from('id:a1 sub:001 dlvrd:000 stat:EXPIRED err:045'));

test.each<[place: string, message: Partial<ShortMessage>]>([
  ['short_message', { shortMessage: TEXT }],
  ['message_payload', { tlvs: [{ tag: TLV_TAGS.messagePayload, value: TEXT }] }],
])('the text of a receipt is read where the SMSC puts it: %s', (_place, message) => {
  expect(deliveriesOf({ ...RECEIPT, ...message })).toEqual([
    { kind: 'receipt', messageId: 'a1', destination: '491700000001', state: 'expired' },
  ]);
});
