import { fromHex } from '../../telecom/octets/hex.ts';
import { MESSAGE_STATES } from '../../telecom/smpp/delivery-receipt.ts';
import { TLV_TAGS, type Tlv } from '../../telecom/smpp/fields.ts';
import { ESM_CLASS, type ShortMessage } from '../../telecom/smpp/short-message.ts';
import type { Delivery, ReceiptState } from './facts.ts';
import type { SmscFaultPlan } from './faults.ts';
import { messageIdInReceipt } from './message-ids.ts';
import { receiptTime } from './validity.ts';

/** TP-PID and TP-DCS of a message that the network gives the card's answer in (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const FROM_THE_CARD = { protocolId: 0x7f, dataCoding: 0xf6 } as const;
export const STATES = { DELIVRD: 'delivered', EXPIRED: 'expired', UNDELIV: 'undeliverable' } as const;
const WHOLE_WORDS = { DELIVRD: 'DELIVERED', EXPIRED: 'EXPIRED', UNDELIV: 'UNDELIVERABLE' } as const;
const NOTHING_SAID = {
  ...{ serviceType: '', priorityFlag: 0, scheduleDeliveryTime: '', validityPeriod: '' },
  ...{ registeredDelivery: 0, replaceIfPresent: 0, defaultMessageId: 0, tlvs: [] },
} as const;
/** UDHL, IEI and IEL of a response packet in one message, which some centres take away (3GPP TS 31.115 §4.4). */
const RESPONSE_HEADER_OCTETS = 3;

type Receipt = Extract<Delivery, { kind: 'receipt' }>;

/** What a deliver_sm says: a receipt as SMPP 3.4 appendix B has it, or a message of a device; both come from the device's number. */
export function deliverSmOf(delivery: Delivery, plan: SmscFaultPlan): ShortMessage {
  if (delivery.kind === 'receipt') return receiptOf(delivery, plan);
  const { source, destination = '', userData } = delivery;
  const isStripped = plan.porHeader === 'stripped' && isAnswerOfCard(userData);
  const octets = fromHex(userData, 'user data');
  return {
    ...{ ...NOTHING_SAID, ...FROM_THE_CARD, source: international(source), destination: unknown(destination) },
    esmClass: plan.porHeader === undefined || !isAnswerOfCard(userData) ? ESM_CLASS.userDataHeader : 0,
    shortMessage: isStripped ? octets.slice(RESPONSE_HEADER_OCTETS) : octets,
  };
}

/** Whether user data begins with the header of a response packet. */
export const isAnswerOfCard = (userData: string): boolean => userData.startsWith('027100');

function receiptOf(receipt: Receipt, plan: SmscFaultPlan): ShortMessage {
  const { destination, source = '', userData } = receipt;
  const form = plan.receiptForm;
  return {
    ...{ ...NOTHING_SAID, source: international(destination), destination: unknown(source) },
    ...(userData === undefined
      ? { esmClass: ESM_CLASS.deliveryReceipt, protocolId: 0, dataCoding: 0, shortMessage: textOf(receipt, plan) }
      : {
          ...FROM_THE_CARD,
          esmClass: ESM_CLASS.deliveryReceipt | ESM_CLASS.userDataHeader,
          shortMessage: fromHex(userData, 'user data'),
        }),
    // Where the card's answer takes the place of the text, nothing but these tells what the receipt is for.
    tlvs: (form === 'text' || form === 'wholeWords') && userData === undefined ? [] : tlvsOf(receipt, plan),
  };
}

function textOf({ messageId, state, submittedAt, doneAt }: Receipt, plan: SmscFaultPlan): Uint8Array {
  if (plan.receiptForm === 'tlvs') return new Uint8Array(0);
  const dates =
    submittedAt === undefined || doneAt === undefined
      ? ''
      : ` submit date:${receiptTime(submittedAt)} done date:${receiptTime(doneAt)}`;
  const counts = `sub:001 dlvrd:${state === 'DELIVRD' ? '001' : '000'}`;
  const word = plan.receiptForm === 'wholeWords' ? WHOLE_WORDS[state] : state;
  return ascii(`id:${messageIdInReceipt(messageId, plan)} ${counts}${dates} stat:${word} err:000 text:`);
}

function tlvsOf({ messageId, state }: Receipt, plan: SmscFaultPlan): Tlv[] {
  return [
    { tag: TLV_TAGS.receiptedMessageId, value: ascii(`${messageIdInReceipt(messageId, plan)}\0`) },
    { tag: TLV_TAGS.messageState, value: Uint8Array.of(stateNumber(state)) },
  ];
}

/** message_state of a final state (SMPP 3.4 §5.2.28). */
const stateNumber = (state: ReceiptState): number => MESSAGE_STATES.indexOf(STATES[state]) + 1;

const international = (address: string) => ({ ton: 1, npi: 1, address });
const unknown = (address: string) => ({ ton: 0, npi: 0, address });
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
