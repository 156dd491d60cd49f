import type { RefusedCode } from '../workflows/support/approvals.ts';
import type { FailureCode } from '../workflows/shared/failure-codes.ts';
import type { ChangeState } from '../workflows/shared/states.ts';

/** One change as every reader sees it: the read model's row. */
export interface ChangeView {
  readonly changeId: string;
  readonly iccid: string;
  readonly source: string | null;
  readonly target: string;
  readonly sourceImsi: string | null;
  readonly targetImsi: string | null;
  readonly state: ChangeState;
  readonly ended: boolean;
  readonly sequence: number;
  readonly code: FailureCode | null;
  /** Why the change came to its state. */
  readonly detail: string;
  /** What was done or asked for last while it stays there, and by whom. */
  readonly lastAction: string | null;
  readonly lastActionBy: string | null;
  /** The rule that is against a rejected change: `agreement.minimumStayDays`. */
  readonly rule: string | null;
  /** That the card says it can't read a packet with its keys. */
  readonly keyRefusal: KeyRefusal | null;
  readonly requestedBy: string;
  readonly requestId: string;
  readonly reason: string | null;
  readonly requestedAt: Date;
  readonly updatedAt: Date;
}

/** A card's word that its keys are not those of its row; it decides nothing. */
export interface KeyRefusal {
  /**
   * Of the checksum (ETSI TS 102 225 §5.2, status 01), of the ciphering (05), or of the key version (06), which some cards say also of a
   * copy of a packet that they have run.
   */
  readonly status: 'integrityFailed' | 'cipheringError' | 'securityError';
  /** When it was heard first (RFC 3339). */
  readonly at: string;
  /** Anybody can say one that is not. */
  readonly verified: boolean;
}

/** One state of one change, and where its event was published. */
export interface TimelineEntry {
  readonly sequence: number;
  readonly state: ChangeState;
  readonly cause: string;
  readonly actor: string;
  readonly code: FailureCode | null;
  /** The rule that is against the change, where it is rejected. */
  readonly rule: string | null;
  readonly at: Date;
  readonly publishedAt: Date | null;
  readonly partition: number | null;
  readonly offset: number | null;
}

/** What the workflow of an open change does at this moment, as the Temporal server knows it. */
export interface WorkflowView {
  /** False when nothing carries the change on: it has ended, or is to be resumed. */
  readonly running: boolean;
  /** The newest run of the change, which the run of another change of the card may have followed; null when Temporal keeps none. */
  readonly runId: string | null;
  /** Since when no orchestrator has taken the workflow's next task; null when none waits. */
  readonly notTakenSince: Date | null;
  /** The steps that have failed and are tried again, and those that no process takes. */
  readonly waiting: readonly WaitingStep[];
}

export interface WaitingStep {
  /** Name of the activity. */
  readonly step: string;
  /** The number of the attempt that is under way or comes next. */
  readonly attempt: number;
  readonly code: FailureCode | null;
  /** What the last attempt said; null before the first one has failed. */
  readonly message: string | null;
  /** Null while an attempt is under way, and when its time is past: then no process has taken it. */
  readonly nextAttemptAt: Date | null;
  /** Since when no process has taken the step, although its time has come. */
  readonly notTakenSince: Date | null;
  /** Whose task queue the step waits in, where the Temporal server tells it. */
  readonly servedBy: ServedBy | null;
}

/** The role that serves a task queue, and for which operator or SMSC. */
export interface ServedBy {
  readonly role: 'orchestrator' | 'operator' | 'ota';
  readonly id: string | null;
}

/** A change that Temporal has, and the timeline has not: no orchestrator has begun it. */
export interface UnrecordedChange {
  readonly changeId: string;
  readonly iccid: string;
  readonly target: string | null;
  readonly startedAt: Date;
}

/** A message of `subscription-change.events`, and its place there. */
export interface PublishedEvent {
  readonly partition: number;
  readonly offset: number;
  /** The CloudEvent, as docs/asyncapi.yaml describes it; null when the message is none. */
  readonly event: { readonly time?: string; readonly data?: Readonly<Record<string, unknown>> } | null;
}

/** A registered card without its secrets. */
export interface CardView {
  readonly iccid: string;
  readonly operator: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly profile: string;
  /** The last counter given to a packet for this card (TS 102 225 §5.1.4). */
  readonly cntr: number;
  /** The change that moved the card last. */
  readonly movedBy: string | null;
  /** When it came to its operator: it was moved there, or imported. */
  readonly cameAt: Date;
  /** Operators that it may go to; null: all. */
  readonly targets: readonly string[] | null;
  /** Who has blocked it against changes, and why. */
  readonly block: CardBlock | null;
  /** That it has refused its admin code. */
  readonly refusedCode: RefusedCode | null;
  readonly updatedAt: Date;
}

/** A card that is blocked begins no change until somebody takes the block away. */
export interface CardBlock {
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

/**
 * Events that no change waited for, of one type, about one card and for one reason, as the newest of them: a card that attaches after
 * its change was rolled back is seen here.
 */
export interface ParkedEvent {
  readonly topic: string;
  readonly eventId: string;
  /** Who says that it comes from there (CloudEvents 1.0 §3.1.1). */
  readonly source: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** How many there were, since `parkedAt` and until `lastSeenAt`. */
  readonly times: number;
  readonly parkedAt: Date;
  readonly lastSeenAt: Date;
}
