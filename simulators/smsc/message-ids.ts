import type { SmscFaultPlan } from './faults.ts';

/** Centres write one id in two bases; within the simulator it is hex. */
type Plan = Pick<SmscFaultPlan, 'messageIds'>;

export const messageIdInAnswer = (id: string, { messageIds }: Plan): string =>
  messageIds === 'decimalThenHex' ? decimal(id) : id;

export function messageIdInReceipt(id: string, { messageIds }: Plan): string {
  if (messageIds === 'hexThenDecimal') return decimal(id);
  return messageIds === 'decimalThenHex' ? id.toUpperCase() : id;
}

/** Of the id that the centre gives out. */
export const ID_CHARACTERS = 10;
export const messageIdOf = (prefix: string, number: number): string =>
  prefix + number.toString(16).padStart(ID_CHARACTERS - prefix.length, '0');

const decimal = (id: string): string => BigInt(`0x${id}`).toString(10);
