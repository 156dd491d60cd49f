import type { MessageState } from '../../../telecom/smpp/delivery-receipt.ts';

/** What a receipt says of a segment that reaches no card any more. */
export const GIVEN_UP: readonly MessageState[] = ['expired', 'deleted', 'undeliverable', 'rejected'];
