import type { ProbeReading } from '../card-answer.ts';
import type { CardAnswer } from '../card-answer.ts';
import type { FailureCode } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { CardState } from './card-state.ts';
import type { Attach, OldSubscriber } from '../ports.ts';
import type { ChangeState } from '../../shared/states.ts';

/** Something that was heard, done, or decided by a person. */
export type CardEvent =
  /** What the card says of the packet that writes the subscription, with its own checksum. */
  | { readonly kind: 'cardAnswered'; readonly answer: CardAnswer }
  | { readonly kind: 'probeAnswered'; readonly reading: ProbeReading }
  /** Anything that makes it worth asking the HLR of the target. */
  | { readonly kind: 'woken' }
  | { readonly kind: 'deliveryFailed' | 'deviceReachable' }
  | { readonly kind: 'targetAnswered'; readonly attach: Attach }
  | { readonly kind: 'targetSilent'; readonly reason: Reason; readonly mayAnswerLater: boolean }
  | {
      readonly kind:
        'watchBegan' | 'watchEnded' | 'probeSent' | 'refreshSent' | 'refreshFailed' | 'released' | 'insisting';
    }
  /** What the HLR of the source says of the old subscriber, when that is something new. */
  | { readonly kind: 'sourceAnswered'; readonly subscriber: OldSubscriber }
  | { readonly kind: 'sourceWatchBegan' }
  /** A copy of the packet was due, and went out. */
  | { readonly kind: 'resent' }
  /** What the target had withdrawn is back; or it was withdrawn from an ended change, and could not be brought back for the card that holds it. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'restoreFailed'; readonly reason: Reason }
  | { readonly kind: 'resendFailed' | 'probeFailed' | 'rewriteFailed' | 'releaseFailed'; readonly reason: Reason }
  /** The packet that writes the subscription was made anew for a torn card, and may have left; went out; and what the card says of it. */
  | { readonly kind: 'rewriteBegan'; readonly number: number }
  | { readonly kind: 'rewriteSent' }
  /** With `at`, when the answer came (milliseconds since the epoch), for one that is on record. */
  | { readonly kind: 'rewriteAnswered'; readonly number: number; readonly answer: CardAnswer; readonly at?: number }
  /** The card was on record as torn before the workflow was lost. */
  | { readonly kind: 'tornBefore' }
  /** A person knows it to be torn, whatever the HLRs hear of. */
  | { readonly kind: 'rewriteWanted' }
  | { readonly kind: 'withdrawn'; readonly because: Reason }
  /** An undo was refused; `attached`: because a card has attached with what was to be withdrawn. */
  | { readonly kind: 'undoStuck'; readonly reason: Reason; readonly attached: boolean }
  /** The undo found that the packet may have left: it is not proven that the card is unchanged. */
  | { readonly kind: 'pivotPassed' }
  | { readonly kind: 'stateRecorded'; readonly state: ChangeState; readonly code?: FailureCode }
  | { readonly kind: 'cancellationRequested'; readonly reason: Reason }
  /** Decisions of people, each validated before. */
  | { readonly kind: 'retryWanted' | 'probeWanted' }
  | { readonly kind: 'deadlineExtended'; readonly until: number }
  | { readonly kind: 'rollbackDecided'; readonly reason: Reason }
  | { readonly kind: 'attachAccepted'; readonly attach: NonNullable<CardState['attach']> };
