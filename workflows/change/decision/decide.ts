import type { Decision, ResendCause } from './decision.ts';
import type { Reason } from '../../shared/failures.ts';
import type { CardState } from './card-state.ts';
import { byRewrite, nextRewrite } from './rewriting.ts';
import { byTear, tearOf, tornAt } from './tear.ts';
import { byTrouble, doubtOf } from './incidents.ts';

/**
 * Decides from all that is known, and from nothing else. The order is the ladder of evidence: what the HLR of the target says comes
 * before what the card says, that before what a person wishes, and time comes last: it may only make Rehome ask, send the same bytes
 * again, or park the change.
 */
export function decide(known: CardState, now: number): Decision {
  return (
    afterWithdrawal(known) ??
    afterAttach(known, now) ??
    byLapse(known, now) ??
    atDeadline(known, now) ??
    askWhenWoken(known) ??
    byTrouble(known, tearOf(known)) ??
    toUndo(known, now) ??
    byConfirmation(known, now) ??
    byTear(known, now) ??
    byRewrite(known, now) ??
    byRefresh(known, now) ??
    byContact(known, now) ??
    byTime(known, now) ?? { kind: 'wait', until: nextMoment(known, now) }
  );
}

/** The card is at the target: all that is left is that the source lets go. */
function afterAttach({ attach, release, state }: CardState, now: number): Decision | undefined {
  if (attach === undefined) return undefined;
  const { done, pending, told, frozen, retryAt, insisting, dueBy = Infinity } = release;
  if (done) return { kind: 'end', outcome: 'completed' };
  if (pending !== undefined) {
    const parked = frozen ? 'inDoubt' : 'completedReleasePending';
    if (state !== parked || told !== pending.code) return { kind: 'record', state: parked, because: pending };
    if (frozen) return { kind: 'wait', until: undefined };
    if (now >= dueBy) return { kind: 'record', state: parked, because: overdue(pending) };
    if (insisting) return { kind: 'wait', until: dueBy === Infinity ? undefined : dueBy };
    return now >= retryAt ? { kind: 'release', insisting: true } : { kind: 'wait', until: Math.min(retryAt, dueBy) };
  }
  return now >= retryAt ? { kind: 'release', insisting: false } : { kind: 'wait', until: retryAt };
}

const overdue = ({ message }: Reason): Reason => ({
  code: 'RELEASE_OVERDUE',
  message: `the source has not let go within the days that the agreement gives it: ${message}`,
});

const byLapse = ({ lapsed, unchanged }: CardState, now: number): Decision | undefined =>
  lapsed !== undefined && now >= lapsed.retryAt && unchanged === undefined ? { kind: 'restore' } : undefined;

/** Once the HLR of the target was asked after the deadline, whether it has answered or not. */
function atDeadline(known: CardState, now: number): Decision | undefined {
  const { deadline, askedAtDeadline, unchanged, state, rewrites } = known;
  const isParked = state === 'inDoubt' || state === 'torn' || rewrites.heldAttach !== undefined;
  if (now < deadline || !askedAtDeadline || unchanged !== undefined || isParked) return undefined;
  return { kind: 'record', state: 'inDoubt', because: doubtOf(known) };
}

const askWhenWoken = ({ askNow }: CardState): Decision | undefined => (askNow ? { kind: 'askTarget' } : undefined);

const afterWithdrawal = ({ withdrawn }: CardState): Decision | undefined =>
  withdrawn && {
    kind: 'end',
    outcome: withdrawn.code === 'CANCELLED' ? 'cancelled' : 'rolledBack',
    because: withdrawn,
  };

function toUndo({ unchanged, undo }: CardState, now: number): Decision | undefined {
  if (unchanged === undefined) return undefined;
  if (undo === undefined || now >= undo.retryAt) return { kind: 'undo', because: unchanged };
  return undo.told ? undefined : { kind: 'record', state: 'inDoubt', because: undo.stuck };
}

/** The card has confirmed, or the deadline of a change in doubt was moved: it is watched as before. */
function byConfirmation({ confirmed, state, deadline, undo }: CardState, now: number): Decision | undefined {
  const isWatchedAgain = state === 'inDoubt' && now < deadline && undo === undefined;
  if (confirmed && (state === 'awaitingCard' || isWatchedAgain))
    return { kind: 'record', state: 'awaitingAttach', because: 'the card has confirmed the new subscription' };
  return isWatchedAgain ? { kind: 'record', state: 'awaitingCard', because: 'the deadline was extended' } : undefined;
}

/** What a card that looks torn needs is not REFRESH, and one that was seen at the target is past it. */
export const nextRefresh = ({ confirmed, torn, seenAtTarget, refusal, refreshes }: CardState): number | undefined =>
  confirmed && !torn && !seenAtTarget && refusal === undefined ? refreshes.dueAt : undefined;

function byRefresh(known: CardState, now: number): Decision | undefined {
  const dueAt = nextRefresh(known);
  return dueAt !== undefined && now >= dueAt ? { kind: 'refresh', number: known.refreshes.sent + 1 } : undefined;
}

function byContact(known: CardState, now: number): Decision | undefined {
  const { probes, confirmed, unchanged } = known;
  if (confirmed || unchanged !== undefined) return undefined;
  const { due } = probes;
  if (due !== undefined && now >= due.from) return { kind: 'probe', number: due.number };
  const next = nextResend(known);
  return next !== undefined && now >= next.at ? { kind: 'resend', because: next.because } : undefined;
}

/**
 * The same bytes may go out any number of times, since a card runs them once. They do when the device has shown itself, and once
 * without that; never for somebody who wants the change undone, nor when the card has said something of them. A card that looks torn
 * can't be reached, unless its device shows itself.
 */
export function nextResend(known: CardState): { readonly at: number; readonly because: ResendCause } | undefined {
  const { delivery, announced, answered, confirmed, unchanged, wish, mayHaveLeft, rewrites } = known;
  const { failed, contact, resendFrom, silentUntil } = delivery;
  if (confirmed || unchanged !== undefined || wish !== undefined || !mayHaveLeft) return undefined;
  // A packet with a higher counter has taken its place, or will.
  if (rewrites.packets > 0 || rewrites.heldAttach !== undefined) return undefined;
  const forContact = contact === undefined ? Infinity : Math.max(contact, resendFrom);
  if (failed && contact !== undefined) return { at: forContact, because: 'givenUp' };
  if (announced || answered) return undefined;
  const isTorn = tornAt(known) !== undefined;
  const silence = isTorn || silentUntil === undefined ? Infinity : Math.max(silentUntil, resendFrom);
  if (contact !== undefined && forContact <= silence) return { at: forContact, because: 'unanswered' };
  return silence === Infinity ? undefined : { at: silence, because: 'silence' };
}

function byTime(
  { watching, watchFrom, source, deadline, askedAtDeadline, state }: CardState,
  now: number,
): Decision | undefined {
  if (!watching && now >= watchFrom) return { kind: 'watchTarget' };
  if (!source.watching && source.watchFrom !== undefined && now >= source.watchFrom) return { kind: 'watchSource' };
  const isOverdue = now >= deadline && state !== 'inDoubt' && state !== 'torn';
  return isOverdue && !askedAtDeadline ? { kind: 'askTarget' } : undefined;
}

function nextOfRelease({ frozen, retryAt, insisting, dueBy }: CardState['release'], now: number): number | undefined {
  const moments = [...(insisting ? [] : [retryAt]), ...(dueBy === undefined ? [] : [dueBy])].filter((at) => at > now);
  return frozen || moments.length === 0 ? undefined : Math.min(...moments);
}

/** The next time at which something is due, if nothing is heard before. */
export function nextMoment(known: CardState, now: number): number | undefined {
  const { watching, watchFrom, source, deadline, lapsed, undo, probes, attach, release } = known;
  if (attach !== undefined) return nextOfRelease(release, now);
  const ofPackets = [nextResend(known)?.at, nextRefresh(known), nextRewrite(known)];
  const moments = [
    ...(watching ? [] : [watchFrom]),
    ...(source.watching || source.watchFrom === undefined ? [] : [source.watchFrom]),
    deadline,
    ...(lapsed === undefined ? [] : [lapsed.retryAt]),
    ...(undo === undefined ? [] : [undo.retryAt]),
    ...(probes.due === undefined ? [] : [probes.due.from]),
    ...ofPackets.filter((at) => at !== undefined),
  ].filter((moment) => moment > now);
  return moments.length === 0 ? undefined : Math.min(...moments);
}
