import type { CardAnswer } from '../card-answer.ts';
import type { Reason } from '../../shared/failures.ts';
import type { Decision } from './decision.ts';
import type { CardState, Rewrites } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** Each uses up a counter, and a card that has run none of so many needs a person. */
const MOST_REWRITES = 6;

export const neverTorn = (card: Pick<Rewrites, 'tearable' | 'writable'>): Rewrites => ({
  ...card,
  ...{ suspected: false, packets: 0, spent: 0, attempts: 0, nudges: 0 },
});

/** A card that fails as a torn one does is taken for one until it has proven what it holds. */
export function suspected(known: CardState): CardState {
  const { rewrites, confirmed } = known;
  return rewrites.tearable && !confirmed ? { ...known, rewrites: { ...rewrites, suspected: true } } : known;
}

/** A person knows it to be torn: it is written again once the target has let it in. */
export function tornBySomebody(known: CardState, now: number): CardState {
  const next = suspected(known);
  return { ...next, rewrites: rewriteWanted(rewriteDue(next, now), now) };
}

/** A packet is due, unless it is known already that the card holds the whole. */
export function rewriteDue(known: CardState, now: number): CardState {
  const { rewrites } = known;
  const isNeeded = rewrites.suspected && rewrites.dueAt === undefined && !isOver(known);
  return isNeeded ? { ...known, rewrites: { ...rewrites, dueAt: now } } : known;
}

const isOver = ({ rewrites, confirmed }: CardState): boolean =>
  !rewrites.writable || confirmed || rewrites.refused !== undefined;

/** The card has shown itself: what is due goes out sooner, but not each time that one comes and goes. */
export function nudged(known: CardState, now: number): CardState {
  const { rewrites, pace } = known;
  const { dueAt, nudges } = rewrites;
  if (dueAt === undefined || dueAt <= now) return known;
  const pause = nudges === 0 ? 0 : Math.min(pace.pollSeconds * 2 ** (nudges - 1), LONGEST_PAUSE_SECONDS);
  return { ...known, rewrites: { ...rewrites, nudges: nudges + 1, dueAt: Math.min(dueAt, later(now, pause)) } };
}

/** From here on it may have left, whatever becomes of its submission. */
export function rewriteBegan(known: CardState, number: number): CardState {
  const { rewrites } = known;
  return { ...known, rewrites: { ...rewrites, packets: Math.max(rewrites.packets, number) } };
}

/** It goes out again, later each time, until the card has answered. */
export function rewriteSent(known: CardState, now: number): CardState {
  const { rewrites, pace } = known;
  const { attempts } = rewrites;
  const dueAt = later(now, Math.min(pace.pollSeconds * 2 ** attempts, LONGEST_PAUSE_SECONDS));
  return { ...known, rewrites: { ...rewrites, attempts: attempts + 1, dueAt: isOver(known) ? undefined : dueAt } };
}

export const rewriteFailed = (known: CardState, hint: Reason, now: number): CardState =>
  rewriteSent({ ...known, hint }, now);

/** What a card says of the packet with this number, which it has not run as a whole. */
export function rewriteRefused(
  known: CardState,
  { number, answer }: { readonly number: number; readonly answer: Extract<CardAnswer, { code: unknown }> },
  now: number,
): CardState {
  const { rewrites } = known;
  const { code, message } = answer;
  if (known.confirmed) return known;
  if (code !== 'POR_CNTR_LOW') return refusedBy(known, { code, message }, answer.kind === 'refused');
  // It was run in part, or its answer was lost, or the card is ahead: the next one counts higher.
  const spent = Math.max(rewrites.spent, number);
  const next: CardState = { ...known, rewrites: { ...rewrites, spent } };
  if (spent === rewrites.spent || spent < rewrites.packets) return next;
  if (spent >= MOST_REWRITES) return refusedBy(next, { code, message }, false);
  return { ...next, rewrites: { ...next.rewrites, attempts: 0, dueAt: now } };
}

const refusedBy = (known: CardState, reason: Reason, forGood: boolean): CardState => ({
  ...known,
  hint: reason,
  rewrites: { ...known.rewrites, refused: { reason, forGood }, dueAt: undefined },
});

/** The card has proven that it holds the whole. */
export const rewritten = ({ rewrites }: CardState, at: number): Rewrites => ({
  ...rewrites,
  ...{ writtenAt: at, dueAt: undefined, refused: undefined },
});

/** Somebody wants it tried again now; what the card has refused for good stays refused. */
export function rewriteWanted(known: CardState, now: number): Rewrites {
  const { rewrites, confirmed } = known;
  const { refused, dueAt, packets } = rewrites;
  if (dueAt !== undefined) return { ...rewrites, attempts: 0, dueAt: now };
  if (refused === undefined || refused.forGood || confirmed || !rewrites.writable) return rewrites;
  // What it has answered already would draw nothing else.
  return { ...rewrites, refused: undefined, attempts: 0, spent: packets, dueAt: now };
}

/** When the next one goes out: a torn card is in reach once the target has let it in. */
export function nextRewrite(known: CardState): number | undefined {
  const { dueAt, heldAttach } = known.rewrites;
  return isOver(known) || !known.mayHaveLeft || heldAttach === undefined ? undefined : dueAt;
}

export function byRewrite(known: CardState, now: number): Decision | undefined {
  const at = nextRewrite(known);
  if (at === undefined || now < at) return undefined;
  const { packets, spent } = known.rewrites;
  return { kind: 'rewrite', number: packets > spent ? packets : packets + 1 };
}
