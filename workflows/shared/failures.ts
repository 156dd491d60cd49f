import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation, rootCause } from '@temporalio/workflow';
import { FAILURES, isFailureCode, type Disposition, type FailureCode } from './failure-codes.ts';
import { sanitizeText } from './sanitize-text.ts';

/** Why a step ended as it did: a code of the failure table, and a sentence that names the card or subscriber. */
export interface Reason {
  readonly code: FailureCode;
  readonly message: string;
}

/** Repeating helps: the peer comes back, or we repair what is our own fault. */
const MAY_PASS = new Set<Disposition>(['retry', 'callDeveloper']);

/** The only way this code base raises a failure that crosses a Temporal boundary. `retryAfterSeconds` honours a peer's own wish. */
export function failure(code: FailureCode, message: string, retryAfterSeconds?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message: sanitizeText(message),
    nonRetryable: !MAY_PASS.has(FAILURES[code].disposition),
    ...(retryAfterSeconds !== undefined && { nextRetryDelay: retryAfterSeconds * 1_000 }),
  });
}

/** True of a peer that was away or silent, and may answer the same question later. */
export const mayAnswerLater = ({ code }: Reason): boolean =>
  code === 'STEP_TIMED_OUT' || MAY_PASS.has(FAILURES[code].disposition);

/** Reads the reason out of what an activity call threw; what the table does not know is our own fault. */
export function reasonOf(cause: unknown): Reason {
  if (isCancellation(cause)) return { code: 'CANCELLED', message: 'cancelled on request' };
  const inner = cause instanceof ActivityFailure ? cause.cause : cause;
  const message = rootCause(cause) ?? 'no message';
  if (inner instanceof ApplicationFailure && isFailureCode(inner.type)) return { code: inner.type, message };
  if (inner instanceof TimeoutFailure) return timedOut(inner, cause);
  return { code: 'INVARIANT_BROKEN', message };
}

/** A step that was retried until its patience ran out: the last failure says more than the time-out. */
function timedOut(timeout: TimeoutFailure, cause: unknown): Reason {
  const last = timeout.cause;
  if (last instanceof ApplicationFailure && isFailureCode(last.type)) return { code: last.type, message: last.message };
  const step = cause instanceof ActivityFailure ? cause.activityType : 'a step';
  return { code: 'STEP_TIMED_OUT', message: `${step} gave no answer in time` };
}
