import type { FailureCode } from '../shared/failure-codes.ts';
import type { ChangeState } from '../shared/states.ts';
import type { Situation } from '../support/actions.ts';
import type { RefusedCode } from '../support/approvals.ts';

/** What is known of a change, by whoever asks: the read model knows the first half, its workflow the second. */
export interface Explainable {
  readonly changeId: string;
  readonly iccid: string;
  readonly state: ChangeState;
  readonly code: FailureCode | null;
  /** Why the change is in its state. */
  readonly detail: string;
  readonly target: string;
  readonly source: string | null;
  /** Absent when no workflow answers. */
  readonly situation?: Omit<Situation, 'permitted'>;
  /** The change is open, and no workflow carries it on. */
  readonly lost?: boolean;
  /** That the card of a change that has ended has refused its admin code; null when it has not, or has proven it since. */
  readonly refusedCode?: RefusedCode | null;
}
