import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import type { FailureCode } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { Admission, Refusal } from '../ports.ts';
import type { ChangeState } from '../../shared/states.ts';
import { neverTorn, type Rewrites } from './rewriting.ts';
import { untouched, type SourceSide } from './source-side.ts';
import type { Tear } from './tear.ts';
import { halfway } from './time.ts';

/** All that a change knows once its packet may have left. Times are milliseconds since the epoch, by the workflow's own clock. */
export interface CardState {
  /** The state that was recorded last. */
  readonly state: ChangeState;
  readonly pace: Pace;
  /** A card of which nothing is known by then is in doubt. */
  readonly deadline: number;
  /** Without an event, the HLR of the target is asked from then on. */
  readonly watchFrom: number;
  readonly watching: boolean;
  /** There is a reason to ask the HLR of the target now. */
  readonly askNow: boolean;
  /** The HLR of the target was asked once more after the deadline, whether it answered or not. */
  readonly askedAtDeadline: boolean;
  /** Why the HLR of the target gave no answer when it was asked last. */
  readonly silence?: Reason | undefined;
  /** The target has withdrawn what it reserved, since its lease ran out: it is asked for once more, while the card may hold it. */
  readonly lapsed?: { readonly retryAt: number; readonly pauseSeconds: number } | undefined;
  /** False while it is sure that the packet never left. */
  readonly mayHaveLeft: boolean;
  /** The HLR of the target has the card; without `at`, a person has said so. */
  readonly attach?: { readonly imsi: Imsi; readonly at?: string; readonly imei?: string };
  /** A card fails to authenticate with the new IMSI: it holds the new IMSI with the old key. */
  readonly torn: boolean;
  /** What is on record of a torn card. */
  readonly tornAt?: Tear | undefined;
  /** A card was seen at the target with the new IMSI, which has not registered. */
  readonly seenAtTarget: boolean;
  /** The target has refused to register the card, and why. */
  readonly refusal?: Refusal | undefined;
  readonly source: SourceSide;
  /** What is on record of a trouble that lasts. */
  readonly told?: Reason | undefined;
  /** The card has the packet, and has said that its answer follows: it asks its user, or takes its time. */
  readonly announced: boolean;
  /** The card has answered the packet, whatever it said: another copy would draw nothing better. */
  readonly answered: boolean;
  /** The card itself has proven that it took the new subscription. */
  readonly confirmed: boolean;
  /** It is proven that the card did not take the new subscription, and can't any more. */
  readonly unchanged?: Reason | undefined;
  /** What was last said of the card that proves nothing. */
  readonly hint?: Reason | undefined;
  readonly delivery: Delivery;
  readonly probes: Probes;
  readonly refreshes: Refreshes;
  readonly rewrites: Rewrites;
  /** Somebody wants the change undone: it is, as soon as it is proven that the card is unchanged. */
  readonly wish?: Reason | undefined;
  /** An undo could not be done, and why; it is tried again. */
  readonly undo?:
    | {
        readonly stuck: Reason;
        readonly retryAt: number;
        readonly pauseSeconds: number;
        /** It is recorded that it is stuck. */ readonly told: boolean;
      }
    | undefined;
  /** What was reserved at the target is withdrawn, and why: that is the end. */
  readonly withdrawn?: Reason;
  readonly release: Release;
}

/** How soon things are done again, in seconds. */
export interface Pace {
  readonly pollSeconds: number;
  /** Both subscriptions stay alive for so long after the attach. */
  readonly overlapSeconds: number;
  /** The source has so long after the attach to let go, by contract; absent: the contract says nothing. */
  readonly releaseSeconds?: number;
}

/** What is known of the packet on its way. */
export interface Delivery {
  /** The SMSC has given it up. */
  readonly failed: boolean;
  /** The device has shown itself since the packet was submitted last, or was given up: a copy may go out for that from then on. */
  readonly contact?: number | undefined;
  readonly resendFrom: number;
  /** If nothing is heard of the packet by then, it is submitted once more, contact or not; absent once that was done. */
  readonly silentUntil?: number;
  /** How many copies in a row went out while the device was there, and nothing was heard of them. */
  readonly unanswered: number;
  /** How often it was submitted again: each time, the pause before the next is twice as long. */
  readonly resends: number;
}

/** Harmless packets that read the card back. */
export interface Probes {
  /** What the card's profile has to read it back with, if anything. */
  readonly readBack: Admission['readBack'];
  /** How many different ones went out. */
  readonly sent: number;
  /** When the last one did. */
  readonly sentAt?: number;
  /** How often in a row one could not be sent. */
  readonly failures: number;
  /** The card has answered one: another tells no more. */
  readonly settled: boolean;
  /** Which one goes out, from when on; absent while there is no reason for one. */
  readonly due?: { readonly from: number; readonly number: number } | undefined;
}

/** Packets that change nothing, and have the device of a card that has taken the subscription read it anew. */
export interface Refreshes {
  readonly possible: boolean;
  /** How many went out. */
  readonly sent: number;
  /** The next one goes out then, at the earliest. */
  readonly earliest: number;
  /** When the next one goes out; absent while there is no reason for one. */
  readonly dueAt?: number | undefined;
}

export interface Release {
  readonly done: boolean;
  /** The source has not let go, and why. */
  readonly pending?: Reason;
  /** The code of that which is recorded; absent when it is to be recorded, whatever it is. */
  readonly told?: FailureCode | undefined;
  /** Nothing is released before a person has decided. */
  readonly frozen: boolean;
  /** It is asked again from then on; each time, until it has been done, once a day. */
  readonly retryAt: number;
  readonly insisting: boolean;
  /** By contract the source has to have let go by then; absent when there is no such time, or it is recorded that it is over. */
  readonly dueBy?: number | undefined;
}

/** The beginning: the packet may have left, and nothing is known of it. */
export function initialState(
  at: number,
  facts: {
    readonly state: ChangeState;
    readonly deadlineSeconds: number;
    readonly firstPollSeconds: number;
    readonly pace: Pace;
    readonly readBack: Admission['readBack'];
    readonly refreshable?: boolean | undefined;
    readonly tearable?: boolean;
    readonly writable?: boolean;
    readonly mayHaveLeft: boolean;
  },
): CardState {
  const { state, deadlineSeconds, firstPollSeconds, pace, mayHaveLeft } = facts;
  const { readBack, refreshable = false, tearable = false, writable = false } = facts;
  return {
    ...{ state, pace, mayHaveLeft },
    deadline: at + deadlineSeconds * 1_000,
    watchFrom: at + firstPollSeconds * 1_000,
    ...{ watching: false, askNow: false, askedAtDeadline: false, torn: false, seenAtTarget: false },
    ...{ announced: false, answered: false, confirmed: false },
    delivery: {
      ...{ failed: false, resendFrom: at, unanswered: 0, resends: 0 },
      silentUntil: halfway(at, at + deadlineSeconds * 1_000),
    },
    probes: { readBack, sent: 0, failures: 0, settled: false },
    refreshes: { possible: refreshable, sent: 0, earliest: at },
    rewrites: neverTorn({ tearable, writable }),
    source: untouched,
    release: { done: false, frozen: false, retryAt: at, insisting: false },
  };
}
