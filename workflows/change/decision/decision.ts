import type { Reason } from '../../shared/failures.ts';
import type { ChangeState } from '../../shared/states.ts';

/** What is to be done next. Each is done to its end, or until there is news; then it is decided anew. */
export type Decision =
  /** Asks the HLR of the target whether it has the card. */
  | { readonly kind: 'askTarget' }
  /** Has the HLR of the target asked in the background, less and less often, until it has the card. */
  | { readonly kind: 'watchTarget' }
  /** Has the HLR of the source asked in the background what became of the old subscriber, until that is something new. */
  | { readonly kind: 'watchSource' }
  /** Hands the same packet to the SMSC again. */
  | { readonly kind: 'resend'; readonly because: ResendCause }
  /** Sends a harmless packet that reads the card. */
  | { readonly kind: 'probe'; readonly number: number }
  /** Sends a packet that changes nothing, and has the device read the card anew. */
  | { readonly kind: 'refresh'; readonly number: number }
  /** Sends the subscription to a torn card again, under a higher counter, over the network where it is in reach. */
  | { readonly kind: 'rewrite'; readonly number: number }
  /** Undoes what was done for this change, oldest last: the card is proven not to have taken the new subscription. */
  | { readonly kind: 'undo'; readonly because: Reason }
  /** Has the source let go: the card is proven to be at the target. With `insisting`, in the background until it has. */
  | { readonly kind: 'release'; readonly insisting: boolean }
  /** Has the target bring back what it had withdrawn by itself. */
  | { readonly kind: 'restore' }
  /** Records a state; nothing else changes. */
  | { readonly kind: 'record'; readonly state: ChangeState; readonly because: Reason | string }
  | { readonly kind: 'end'; readonly outcome: 'completed' }
  | { readonly kind: 'end'; readonly outcome: 'rolledBack' | 'cancelled'; readonly because: Reason }
  /** There is nothing to do before there is news, or it is that time. */
  | { readonly kind: 'wait'; readonly until: number | undefined };

/**
 * The SMSC gave the packet up and the device is back; or the device is there and nothing is heard of the packet; or nothing at all is
 * heard.
 */
export type ResendCause = 'givenUp' | 'unanswered' | 'silence';
