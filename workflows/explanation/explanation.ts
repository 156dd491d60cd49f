import type { Because } from './because.ts';
import type { ScheduleItem } from './schedule.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import type { Reason } from '../shared/failures.ts';
import type { Cancellable, ChangeState } from '../shared/states.ts';
import type { SupportAction } from '../support/actions.ts';
import type { Approval } from '../support/approvals.ts';

/** What a person is told of one change: every door returns it, or draws it. */
export interface Explanation {
  /** The operators of the change, which the rest names by their part; the source is null before it is known. */
  readonly operators: { readonly source: string | null; readonly target: string };
  readonly state: StateDescription;
  readonly conditions: readonly Condition[];
  readonly schedule: readonly ScheduleItem[];
  readonly actions: readonly ActionOffer[];
  readonly remedies: readonly Remedy[];
}

/** What is true of a change: its state, unless more is known. */
export type Meaning =
  ChangeState | 'bothAttached' | 'otherDevice' | 'undoing' | 'undoStuck' | 'unprovenAttach' | 'attachNotSeen' | 'lost';

export interface StateDescription {
  readonly name: ChangeState;
  readonly meaning: Meaning;
  readonly cancellable: { readonly how: Cancellable; readonly because: Because };
}

/** Of whom a change waits for something. */
export type Party = 'source' | 'target' | 'smsc' | 'card' | 'person' | 'rehome';

export type ConditionKind =
  | 'consent'
  | 'adminCode'
  | 'reservation'
  | 'submission'
  | 'proofOfReceipt'
  | 'attach'
  | 'provenAttach'
  | 'registration'
  | 'oldSubscriber'
  | 'oldSubscriberKey'
  | 'release'
  | 'overlap'
  | 'withdrawal'
  | 'decision'
  | 'secondPerson'
  | 'resumption'
  | 'orchestrator'
  | 'step';

/** Something that a change waits for. Times are RFC 3339; what is absent is not known. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly of: Party;
  readonly since?: string;
  readonly lastAnswer?: { readonly code: FailureCode | null; readonly message: string };
  /** Of `secondPerson`: what the first has asked for. */
  readonly action?: SupportAction;
  readonly first?: FirstPerson;
  /** The activity that asks, while the Temporal server repeats it. */
  readonly step?: string;
  readonly attempts?: number;
  readonly nextAttemptAt?: string;
  /** No process takes the next attempt, since when, and which would. */
  readonly notTakenSince?: string;
  readonly servedBy?: { readonly role: 'orchestrator' | 'operator' | 'ota'; readonly id: string | null };
}

export interface FirstPerson {
  readonly actor: string;
  readonly at: string;
}

/** What a person may ask of Rehome, or why not now. */
export interface ActionOffer {
  readonly action: SupportAction;
  readonly allowed: boolean;
  /** Why it is not allowed. */
  readonly because?: Because;
  readonly needsSecondPerson: boolean;
  /** Who has asked for it already, where a second person has to. */
  readonly firstPerson?: FirstPerson;
}

/** What a person may do about a change, beside asking Rehome to act on it. */
export type Remedy =
  | { readonly remedy: 'resumeChange' | 'showEvidence'; readonly changeId: string }
  | { readonly remedy: 'unblockCard' | 'correctAdminCode' | 'replaceCard'; readonly iccid: string }
  | {
      readonly remedy: 'approveTry';
      readonly iccid: string;
      readonly persons: 1 | 2;
      /** Who has approved, and until when another person may. */
      readonly first?: Approval;
      readonly until?: string;
    }
  /** `checkChange`: ask, without doing anything, what is still against a new change. */
  | { readonly remedy: 'checkChange' | 'orderAgain'; readonly iccid: string; readonly target: string }
  | { readonly remedy: 'awaitPermittedTime' | 'endEarlierChange'; readonly iccid: string }
  /** `refreshes`: how often Rehome has asked the device by REFRESH. */
  | { readonly remedy: 'switchDeviceOff'; readonly refreshes: number }
  | {
      readonly remedy:
        | 'restoreOldSubscriber'
        | 'askAboutOldSubscriber'
        | 'askToRelease'
        | 'correctProvisioning'
        | 'enlargePool'
        | 'admitWithOldKey'
        | 'writeKeyToCard'
        | 'setOwnKey';
      readonly operator: 'source' | 'target';
    };

export type RemedyName = Remedy['remedy'];

/** The data of one remedy. */
export type RemedyOf<Name> = Remedy extends infer Item
  ? Item extends { readonly remedy: string }
    ? Name extends Item['remedy']
      ? Item
      : never
    : never
  : never;

/** The card has attached to the target, and the release waits for a person. */
export const isFrozen = (state: ChangeState, code: FailureCode | null): code is 'BOTH_ATTACHED' | 'OTHER_DEVICE' =>
  state === 'inDoubt' && (code === 'BOTH_ATTACHED' || code === 'OTHER_DEVICE');

export const answerOf = (reason: Reason | undefined): Pick<Condition, 'lastAnswer'> =>
  reason === undefined ? {} : { lastAnswer: { code: reason.code, message: reason.message } };
