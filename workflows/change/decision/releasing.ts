import { FAILURES, type Disposition, type FailureCode } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { CardState, Release } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** Nobody knows whether what was asked for was done. */
const UNHEARD: ReadonlySet<Disposition> = new Set(['retry', 'callDeveloper']);

export const dueBy = ({ pace: { releaseSeconds } }: CardState, now: number): Pick<CardState['release'], 'dueBy'> =>
  releaseSeconds === undefined ? {} : { dueBy: later(now, releaseSeconds) };

export function releaseTold(release: Release, code: FailureCode | undefined): Release {
  const { pending } = release;
  if (pending === undefined || code === undefined) return release;
  if (code !== 'RELEASE_OVERDUE') return { ...release, told: code };
  return { ...release, pending: { code, message: pending.message }, told: code, dueBy: undefined };
}

export function releaseFailed(known: CardState, pending: Reason, now: number): CardState {
  const { release } = known;
  const frozen = pending.code === 'BOTH_ATTACHED' || pending.code === 'OTHER_DEVICE';
  return {
    ...known,
    // A source that gave no answer may have let go all the same, which it says at once when it is asked again.
    release: {
      ...release,
      pending,
      frozen,
      insisting: false,
      retryAt: isUnheard(pending) ? now : later(now, LONGEST_PAUSE_SECONDS),
    },
  };
}

const isUnheard = ({ code }: Reason): boolean => code === 'STEP_TIMED_OUT' || UNHEARD.has(FAILURES[code].disposition);
