import { TLV_TAGS } from './fields.ts';
import { ESM_CLASS, type ShortMessage } from './short-message.ts';

/** Final and intermediate states of a message, in the order of message_state 1 to 8 (SMPP 3.4 §5.2.28). */
export const MESSAGE_STATES = [
  'enroute',
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'accepted',
  'unknown',
  'rejected',
] as const;

/** What an SMSC says of a message. */
export type MessageState = (typeof MESSAGE_STATES)[number];

/** A receipt, as far as it could be read: the form of its text is each SMSC's own (SMPP 3.4 appendix B). */
export interface DeliveryReceipt {
  /** As the receipt has it: some SMSCs write the id of submit_sm_resp in another base here. */
  readonly messageId: string | undefined;
  readonly state: MessageState | undefined;
  /** The network's own reason, up to three characters. */
  readonly error: string | undefined;
}

/** The words of `stat:` by their first letters: appendix B has seven of each, and some SMSCs write the whole word. */
const WORDS: ReadonlyMap<string, MessageState> = new Map([
  ['ENROU', 'enroute'],
  ['DELIV', 'delivered'],
  ['EXPIR', 'expired'],
  ['DELET', 'deleted'],
  ['UNDEL', 'undeliverable'],
  ['ACCEP', 'accepted'],
  ['UNKNO', 'unknown'],
  ['REJEC', 'rejected'],
]);
const LETTERS_THAT_TELL = 5;
const HEX_ID = /^[0-9a-f]+$/i;
const DECIMAL_ID = /^\d+$/;

/** Bits 5 to 2 of esm_class tell what a deliver_sm is (SMPP 3.4 §5.2.12). */
export const isDeliveryReceipt = ({ esmClass }: Pick<ShortMessage, 'esmClass'>): boolean =>
  (esmClass & 0x3c) === ESM_CLASS.deliveryReceipt;

/** Reads a receipt from its optional parameters, and where they are missing from its text. */
export function readDeliveryReceipt({
  shortMessage,
  tlvs,
}: Pick<ShortMessage, 'shortMessage' | 'tlvs'>): DeliveryReceipt {
  const text = Buffer.from(shortMessage).toString('latin1');
  const word = (name: string) => new RegExp(`(?:^|\\s)${name}:\\s*(\\S+)`, 'i').exec(text)?.[1];
  const tlv = (tag: number) => tlvs.find((one) => one.tag === tag)?.value;
  const id = tlv(TLV_TAGS.receiptedMessageId);
  const state = tlv(TLV_TAGS.messageState)?.[0];
  return {
    messageId: id === undefined ? word('id') : Buffer.from(id).toString('latin1').replace(/\0.*$/s, ''),
    state:
      state === undefined
        ? WORDS.get(word('stat')?.slice(0, LETTERS_THAT_TELL).toUpperCase() ?? '')
        : MESSAGE_STATES[state - 1],
    error: word('err'),
  };
}

/** Whether two message ids are the same in one base: in any case, with spaces around them, or filled with zeros (SMPP 3.4 appendix B). */
export const isSameMessageId = (one: string, other: string): boolean => plain(one) === plain(other);

/**
 * Whether two message ids are one number, one of them in hex and the other in decimal, as SMSCs write the id of submit_sm_resp and that
 * of the receipt. It may also be another message: first look for one that is the same.
 */
export const isSameMessageNumber = (one: string, other: string): boolean =>
  isHexOf(plain(one), plain(other)) || isHexOf(plain(other), plain(one));

const plain = (id: string): string =>
  id
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '');

const isHexOf = (hex: string, decimal: string): boolean =>
  HEX_ID.test(hex) && DECIMAL_ID.test(decimal) && BigInt(`0x${hex}`) === BigInt(decimal);
