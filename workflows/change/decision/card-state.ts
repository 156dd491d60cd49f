import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import type { FailureCode } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { Admission, OldSubscriber, Refusal } from '../ports.ts';
import type { ChangeState } from '../../shared/states.ts';

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

/** What is known of the subscription that the card leaves, while the card is awaited at the target. */
export interface SourceSide {
  /** As the HLR of the source told it last; until it is asked it is taken to be as it should. */
  readonly subscriber: OldSubscriber;
  readonly watching: boolean;
  /** The HLR of the source is asked from then on; absent until the card is waited for. */
  readonly watchFrom?: number;
  /** How often it has told something new: each time, the pause before the next question is twice as long. */
  readonly told: number;
}

/** The packet that writes the subscription, made anew under a higher counter: a card that was torn takes it once it is in reach. */
export interface Rewrites {
  /** The card's profile writes one file after the other. */
  readonly tearable: boolean;
  /** What was reserved for the card is still here, and the target has an SMSC that reaches it. */
  readonly writable: boolean;
  /** The card was seen to fail as a torn one does, or a person says so; not once it has proven that it holds the whole. */
  readonly suspected: boolean;
  /** When the card attached to the target that may have been given its old key for it (RFC 3339, by the HLR's clock). */
  readonly heldAttach?: string | undefined;
  /** When it was heard that the card has taken one of these packets: it holds the whole subscription. */
  readonly writtenAt?: number;
  /** A later attach than this was made with the new key (RFC 3339, by the HLR's clock). */
  readonly provenAfter?: string | undefined;
  /** How many may have left; they are numbered from 1. */
  readonly packets: number;
  /** The card counts past every packet up to this number. */
  readonly spent: number;
  /** How often in a row one went out, or could not. */
  readonly attempts: number;
  /** How often one was brought forward since the card was in reach: the next time it waits for longer. */
  readonly nudges: number;
  /** The card has refused one, or said what no other copy would change. */
  readonly refused?: { readonly reason: Reason; readonly forGood: boolean } | undefined;
  /** When one goes out, if the card is in reach; absent while there is no reason for one. */
  readonly dueAt?: number | undefined;
}

/**
 * What is known of a torn card. `target`: that operator sees it fail, so it holds the new IMSI with the old key; `held`: it has attached to the target, which may have been given its old key for that, and has not been written again yet;
 * `unwritable`: the same, and its keys are not here any more; `refused`: it does not let itself be written again; `unheard`: it fails at the
 * target since it was written again there, and has not answered; `written`: it has proven that it holds the whole, and the target may have
 * another key for it.
 */
export type Tear = 'target' | 'held' | 'unwritable' | 'refused' | 'unheard' | 'written';
