import type { Iccid } from '../telecom/identifiers/iccid.ts';
import type { FailureCode } from '../workflows/shared/failure-codes.ts';
import type { Admission, Rejection } from '../workflows/change/ports.ts';
import type { ChangeState } from '../workflows/shared/states.ts';
import type { Standing } from '../workflows/support/approvals.ts';
import type { SupportAnswer } from '../workflows/support/actions.ts';
import type { CardBlock } from './views.ts';

const BY_DEVICE = 'device:';

/** Who asks, when it is the card itself. */
export const requestedByDevice = (iccid: Iccid): string => `${BY_DEVICE}${iccid}`;

export const isRequestedByDevice = (requestedBy: string): boolean => requestedBy.startsWith(BY_DEVICE);

/** A change that somebody asks for. */
export interface ChangeRequest {
  /** The same id again returns the same change; without one, every request is a new one. */
  readonly requestId?: string;
  readonly iccid: Iccid;
  /** Id of the operator that the card joins. */
  readonly target: string;
  readonly requestedBy: string;
  readonly reason?: string;
}

export type RequestAnswer =
  | {
      readonly kind: 'started';
      readonly changeId: string;
      readonly workflowId: string;
      /** The run that this request started; a repeated request has started none. */
      readonly runId?: string;
      readonly repeated: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly code: Extract<FailureCode, 'CHANGE_IN_PROGRESS' | 'CARD_BEING_READ' | 'REQUEST_ID_REUSED'>;
      readonly reason: string;
      readonly runningChangeId?: string;
    };

/** What became of what a support person asked for. */
export type SupportOutcome =
  | SupportAnswer
  /** It is not possible now; nothing was done or recorded. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No workflow carries the change on. */
  | { readonly kind: 'noWorkflow' };

/** What became of the wish to resume a change whose workflow was lost. */
export type ResumeAnswer =
  | { readonly kind: 'resumed' | 'unknown' | 'beingRead' }
  | { readonly kind: 'ended'; readonly state: ChangeState }
  | { readonly kind: 'running'; readonly changeId: string };

/** What a change would be told that is asked for now. */
export type ChangeCheck = Admission | Rejection;

/** What became of the wish to block a card against changes. */
export type BlockAnswer =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'blocked';
      readonly block: CardBlock;
      /** It was blocked before, and that block was left as it is. */
      readonly before: boolean;
      /** A change of the card that was admitted before, and goes on. */
      readonly openChange: string | null;
    };

/** What became of the wish to take the block of a card away. */
export type UnblockAnswer =
  { readonly kind: 'unknown' | 'notBlocked' } | { readonly kind: 'unblocked'; readonly was: CardBlock };

/** What became of a person's approval that an admin code which the card has refused is tried once more. */
export type ApprovalAnswer =
  /** The card is not registered. */
  | { readonly kind: 'unknown' }
  /** It was in no person's name. */
  | { readonly kind: 'nobody' }
  /** The card has refused nothing since it last proved its code. */
  | { readonly kind: 'notRefused' }
  /** A change of the card is open: it may be the one that the card has just refused. */
  | { readonly kind: 'changeOpen'; readonly changeId: string }
  | (Exclude<Standing, { readonly kind: 'none' }> & {
      readonly refusedIn: string;
      /** False: two had approved before, or the same person had. */
      readonly recorded: boolean;
    });
