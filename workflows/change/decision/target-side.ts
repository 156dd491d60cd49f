import type { Reason } from '../../shared/failures.ts';
import type { Attach } from '../ports.ts';
import type { CardEvent } from './card-events.ts';
import type { CardState } from './card-state.ts';
import { dueBy } from './releasing.ts';
import { attachHeld, notAttached } from './unproven-attach.ts';
import { suspected } from './rewriting.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** What the HLR of the target says of the reserved subscriber. */
export function targetAnswered(known: CardState, attach: Attach, now: number): CardState {
  const rest = { ...asked(known, now), silence: undefined };
  if (attach.attached && attach.held === true) return attachHeld(rest, attach, now);
  if (attach.attached) {
    const { imsi, at, imei } = attach;
    const attachedAt = Math.min(Date.parse(at), now);
    const retryAt = Math.max(known.release.retryAt, later(attachedAt, known.pace.overlapSeconds));
    return {
      ...rest,
      attach: { imsi, at, ...(imei !== undefined && { imei }) },
      torn: false,
      release: { ...known.release, retryAt, ...dueBy(known, attachedAt) },
    };
  }
  const { authentication, refusal } = attach;
  const seenAtTarget = authentication === 'seen';
  const torn = authentication === 'failed';
  const next = notAttached({ ...rest, lapsed: undefined, torn, seenAtTarget, refusal });
  return torn ? suspected(next) : next;
}

/** It is asked again in the background, at no cost in history however long it is away: soon at first, then less and less often. */
export const targetSilent = (
  known: CardState,
  { reason, mayAnswerLater }: Extract<CardEvent, { kind: 'targetSilent' }>,
  now: number,
): CardState => ({
  ...asked(known, now),
  silence: reason,
  lapsed: reason.code === 'RESERVATION_WITHDRAWN' ? lapsedNow(known, now) : undefined,
  ...(mayAnswerLater && { watching: false, watchFrom: now }),
});

/** It is brought back once, and again while that fails for want of an answer; what is gone for good is not asked for on and on. */
const lapsedNow = ({ lapsed, silence, pace }: CardState, now: number): CardState['lapsed'] =>
  silence?.code === 'RESERVATION_WITHDRAWN' ? lapsed : { retryAt: now, pauseSeconds: pace.pollSeconds };

export function restoreFailed(known: CardState, reason: Reason, now: number): CardState {
  const { lapsed, pace } = known;
  if (reason.code === 'RESERVATION_WITHDRAWN') return { ...known, lapsed: undefined, hint: reason, deadline: now };
  const pauseSeconds = lapsed?.pauseSeconds ?? pace.pollSeconds;
  return {
    ...known,
    hint: reason,
    lapsed: { retryAt: later(now, pauseSeconds), pauseSeconds: Math.min(pauseSeconds * 2, LONGEST_PAUSE_SECONDS) },
  };
}

const asked = (known: CardState, now: number): CardState => ({
  ...known,
  askNow: false,
  askedAtDeadline: now >= known.deadline,
});
