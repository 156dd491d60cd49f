import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';

/** What a receipt says of a segment that reaches no card any more. */
export const FINAL_FAILURE_STATES: readonly MessageState[] = ['expired', 'deleted', 'undeliverable', 'rejected'];

/** Nothing more becomes of the message. */
export const isFinal = (state: MessageState | undefined): boolean =>
  state !== undefined && (state === 'delivered' || FINAL_FAILURE_STATES.includes(state));
