import type { CardAnswer } from '../card-answer.ts';
import { FAILURES } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { CardEvent } from './card-events.ts';
import type { ProbeReading } from '../card-answer.ts';
import type { CardState, Pace } from './card-state.ts';
import type { OldSubscriber } from '../ports.ts';
import { MOST_PROBES, mayProbe, probeDue, probeFailed, probeSent } from './probing.ts';
import { refreshDue, refreshFailed, refreshSent } from './refreshing.ts';
import { dueBy, releaseFailed, releaseTold } from './releasing.ts';
import {
  nextRewrite,
  nudged,
  rewriteBegan,
  rewriteDue,
  rewriteFailed,
  rewriteRefused,
  rewriteSent,
  rewriteWanted,
  rewritten,
  suspected,
  tornBySomebody,
} from './rewriting.ts';
import { askedAgain, sourceAnswered, sourceAwaited } from './source-side.ts';
import { restoreFailed, targetAnswered, targetSilent } from './target-side.ts';
import { tornAt } from './tear.ts';
import { LONGEST_PAUSE_SECONDS, halfway, later } from './time.ts';
import { toldOf } from './incidents.ts';

/** A device that was there for so many copies without a word of the card is worth a question that moves the counter. */
const MOST_UNANSWERED = 2;

/** What is known after a fact. Facts come in any order and any number of times; what is proven stays so. */
export function evolve(known: CardState, fact: CardEvent, now: number): CardState {
  switch (fact.kind) {
    case 'cardAnswered':
      return cardAnswered(known, fact.answer, now);
    case 'probeAnswered':
      return probeAnswered(known, fact.reading, now);
    case 'woken':
      return { ...known, askNow: true };
    case 'deliveryFailed':
      return {
        ...known,
        delivery: {
          ...known.delivery,
          failed: true,
          contact: undefined,
          unanswered: 0,
        },
      };
    case 'deviceReachable':
      return deviceReachable(known, now);
    case 'targetAnswered':
      return targetAnswered(known, fact.attach, now);
    case 'targetSilent':
      return targetSilent(known, fact, now);
    case 'watchBegan':
      return { ...known, watching: true, source: sourceAwaited(known, now) };
    case 'sourceWatchBegan':
      return { ...known, source: { ...known.source, watching: true } };
    case 'sourceAnswered':
      return sourceTold(known, fact.subscriber, now);
    case 'watchEnded':
      return { ...known, watching: false, watchFrom: later(now, known.pace.pollSeconds), askNow: true };
    case 'resent':
      return resent(known, now);
    case 'restored':
      return { ...known, lapsed: undefined, askNow: true };
    case 'restoreFailed':
      return restoreFailed(known, fact.reason, now);
    case 'resendFailed':
      return {
        ...known,
        hint: fact.reason,
        delivery: { ...known.delivery, contact: undefined, ...pausedResend(known, now) },
      };
    case 'probeSent':
      return probeSent(known, now);
    case 'probeFailed':
      return probeFailed(known, fact.reason, now);
    case 'refreshSent':
      return refreshSent(known, now);
    case 'refreshFailed':
      return refreshFailed(known, now);
    case 'rewriteBegan':
      return rewriteBegan(known, fact.number);
    case 'rewriteSent':
      return rewriteSent(known, now);
    case 'rewriteFailed':
      return rewriteFailed(known, fact.reason, now);
    case 'rewriteAnswered':
      return rewriteAnswered(known, fact, now);
    case 'tornBefore':
      return rewriteDue(suspected(known), now);
    case 'rewriteWanted':
      return tornBySomebody(known, now);
    case 'undoStuck':
      return undoStuck(known, fact, now);
    case 'pivotPassed':
      return withoutProofOfStop(known);
    case 'withdrawn':
      return { ...known, withdrawn: fact.because };
    case 'released':
      return { ...known, release: { ...known.release, done: true } };
    case 'releaseFailed':
      return releaseFailed(known, fact.reason, now);
    case 'insisting':
      return { ...known, release: { ...known.release, insisting: true } };
    case 'stateRecorded':
      return stateRecorded(known, fact);
    case 'cancellationRequested':
      return probeDue({ ...known, wish: known.wish ?? fact.reason }, now);
    case 'retryWanted':
      return retryWanted(known, now);
    case 'probeWanted':
      return { ...known, probes: { ...known.probes, due: { from: now, number: known.probes.sent + 1 } } };
    case 'deadlineExtended':
      return deadlineExtended(known, fact.until, now);
    case 'rollbackDecided':
      return { ...known, unchanged: fact.reason };
    case 'attachAccepted':
      return {
        ...known,
        attach: fact.attach,
        release: { ...known.release, frozen: false, retryAt: now, ...dueBy(known, now) },
      };
  }
}

/** A device that comes and goes, or an SMSC that gives up at once, must not fill the history. */
function pausedResend(
  { pace, delivery: { resends } }: CardState,
  now: number,
): Pick<CardState['delivery'], 'resendFrom' | 'resends'> {
  return { resendFrom: later(now, pauseAfter(pace, resends)), resends: resends + 1 };
}

const pauseAfter = ({ pollSeconds }: Pace, times: number): number =>
  Math.min(pollSeconds * 2 ** times, LONGEST_PAUSE_SECONDS);

function resent(known: CardState, now: number): CardState {
  const { failed, contact, unanswered, silentUntil = now } = known.delivery;
  return {
    ...known,
    delivery: {
      ...{ failed: false, ...pausedResend(known, now) },
      unanswered: contact !== undefined && !failed ? unanswered + 1 : unanswered,
      ...(silentUntil > now && { silentUntil }),
    },
  };
}

/** A card that has taken the subscription does not give it back: what it refuses then is another copy of the packet. */
function cardAnswered(before: CardState, answer: CardAnswer, now: number): CardState {
  if (before.confirmed) return before;
  const known = { ...before, answered: true };
  if (answer.kind === 'executed') return confirmed(known, now);
  if (answer.kind === 'announced') return { ...before, announced: true };
  const reason: Reason = { code: answer.code, message: answer.message };
  // What is only a hint takes nothing back of what the card has said for certain before.
  // Of a card that is written again it proves nothing any more: that packet has a higher counter, and may be on its way.
  if (answer.kind === 'refused' && !isRewritten(known)) return { ...known, unchanged: reason };
  return known.unchanged === undefined
    ? probeDue({ ...known, hint: reason }, later(now, known.pace.pollSeconds))
    : known;
}

function rewriteAnswered(
  known: CardState,
  { number, answer, at }: Extract<CardEvent, { kind: 'rewriteAnswered' }>,
  now: number,
): CardState {
  if (answer.kind === 'announced' || known.confirmed) return known;
  if (answer.kind !== 'executed') return rewriteRefused(known, { number, answer }, now);
  return confirmed({ ...known, answered: true, rewrites: rewritten(known, at ?? now) }, now);
}

/** Its device was there a moment ago: if it has not attached by the first look, it may go on with the old subscription. */
function confirmed(known: CardState, now: number): CardState {
  const firstLook = later(now, known.pace.pollSeconds);
  const next: CardState = {
    ...known,
    confirmed: true,
    unchanged: undefined,
    undo: undefined,
    delivery: { ...known.delivery, failed: false },
    deadline: Math.max(known.deadline, firstLook),
    askedAtDeadline: false,
    // A card that is held at the target may be there with the key that it has proven.
    askNow: known.askNow || known.rewrites.heldAttach !== undefined,
    refreshes: { ...known.refreshes, earliest: firstLook },
  };
  return refreshDue(next, firstLook);
}

/**
 * A probe has a higher counter than the packet that writes the subscription, and a card that has run it never runs a lower one (TS
 * 102 225 §5.1.4). So a card that then holds its old IMSI is proven to be unchanged for good.
 */
function probeAnswered(before: CardState, reading: ProbeReading, now: number): CardState {
  if (reading.kind === 'counterTooLow') return before.probes.sent < MOST_PROBES ? probeDue(before, now) : before;
  const known = {
    ...before,
    probes: { ...before.probes, settled: before.probes.settled || reading.kind !== 'unclear' },
  };
  switch (reading.kind) {
    case 'holds':
      // A torn card holds the new IMSI too, with the old key: only the HLR, or the answer to the packet itself, tells the two apart.
      if (reading.subscription === 'target') return { ...known, askNow: true };
      if (reading.subscription === 'another')
        return {
          ...known,
          hint: {
            code: 'CARD_HOLDS_ANOTHER',
            message: 'the card was read, and holds an IMSI that is neither the old nor the new one',
          },
        };
      // The reading may be older than the packet by which the card is written again.
      if (known.confirmed || isRewritten(known)) return known;
      return { ...known, unchanged: known.wish ?? unchangedBy(known) };
    case 'unclear':
      return { ...known, hint: reading.hint };
    case 'alive':
      return known;
  }
}

const isRewritten = ({ rewrites }: CardState): boolean => rewrites.packets > 0;

const unchangedBy = ({ hint }: CardState): Reason => ({
  code: 'CARD_UNCHANGED',
  message: `the card was read: it holds its old subscription, and can’t take the new one any more${hint === undefined ? '' : ` (it had said: ${hint.message})`}`,
});

/**
 * A packet that was given up goes out at once. One of which nothing was heard may still be with the SMSC, which has been told of the
 * device too (3GPP TS 23.040 §3.2.6): it gets the time of one answer. Where a copy can help no more, the card is asked.
 */
function deviceReachable(known: CardState, now: number): CardState {
  const { delivery, wish, answered, confirmed: isConfirmed, pace, deadline } = known;
  if (isConfirmed) return refreshDue(known, now);
  if (nextRewrite(known) !== undefined) return nudged(known, now);
  const { failed, contact, unanswered } = delivery;
  const soon = failed ? now : later(now, pace.pollSeconds);
  const isSilent = !failed && unanswered >= MOST_UNANSWERED && now >= deadline;
  if ((wish !== undefined || answered || isSilent) && mayProbe(known)) return probeDue(known, soon);
  return contact === undefined ? { ...known, delivery: { ...delivery, contact: soon } } : known;
}

/** The card may have moved meanwhile, and then nothing of it is a trouble. */
const sourceTold = (known: CardState, subscriber: OldSubscriber, now: number): CardState => ({
  ...known,
  ...{ source: sourceAnswered(known, subscriber, now), askNow: true },
});

function undoStuck(
  known: CardState,
  { reason, attached }: Extract<CardEvent, { kind: 'undoStuck' }>,
  now: number,
): CardState {
  const pauseSeconds =
    known.undo === undefined ? known.pace.pollSeconds : Math.min(known.undo.pauseSeconds * 2, LONGEST_PAUSE_SECONDS);
  const told = known.undo?.told === true && known.undo.stuck.message === reason.message;
  return {
    ...known,
    undo: { stuck: reason, retryAt: later(now, pauseSeconds), pauseSeconds, told },
    askNow: known.askNow || attached,
  };
}

function stateRecorded(known: CardState, { state, code }: Extract<CardEvent, { kind: 'stateRecorded' }>): CardState {
  const undo = known.undo && { ...known.undo, told: known.undo.told || state === 'inDoubt' };
  return {
    ...known,
    ...{ state, undo, release: releaseTold(known.release, code), told: toldOf(known, code) },
    // A trouble is recorded in this state too, also when the card is torn no more.
    tornAt: state === 'torn' ? (tornAt(known) ?? known.tornAt) : undefined,
  };
}

/** The packet may have left after all. What a person or an earlier step concluded is void; what the card itself has said stays. */
function withoutProofOfStop(known: CardState): CardState {
  const { unchanged } = known;
  const isProven = unchanged !== undefined && FAILURES[unchanged.code].evidence === 'cardUnchanged';
  return { ...known, mayHaveLeft: true, undo: undefined, unchanged: isProven ? unchanged : undefined };
}

const deadlineExtended = (known: CardState, until: number, now: number): CardState => ({
  ...known,
  ...{ deadline: until, askedAtDeadline: false },
  delivery: { ...known.delivery, silentUntil: halfway(now, until) },
});

/** What is frozen is asked for as if it had not been asked for yet: its answer is recorded. */
function retryWanted(known: CardState, now: number): CardState {
  const { pending, ...release } = known.release;
  const isGone = known.silence?.code === 'RESERVATION_WITHDRAWN';
  return {
    ...known,
    askNow: known.attach === undefined,
    source: askedAgain(known.source, now),
    rewrites: rewriteWanted(known, now),
    release: {
      ...release,
      ...{ retryAt: now, frozen: false, insisting: false },
      ...(release.frozen ? { told: undefined } : pending && { pending }),
    },
    ...(known.undo && { undo: { ...known.undo, retryAt: now } }),
    ...((known.lapsed ?? isGone) && { lapsed: { retryAt: now, pauseSeconds: known.pace.pollSeconds } }),
  };
}
