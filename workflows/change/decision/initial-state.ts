import type { Admission } from '../ports.ts';
import type { ChangeState } from '../../shared/states.ts';
import type { CardState, Pace } from './card-state.ts';
import { neverTorn } from './rewriting.ts';
import { untouched } from './source-side.ts';
import { halfway } from './time.ts';

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
