import type { CardAnswer } from '../card-answer.ts';
import type { Reason } from '../../shared/failures.ts';
import type { TornAt } from '../ports.ts';
import type { Decision } from './decide.ts';
import type { CardState } from './card-state.ts';
import { isTornAtSource } from './source-side.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** Each uses up a counter, and a card that has run none of so many needs a person. */
const MOST_REWRITES = 6;

export type Network = 'target' | 'source';

/** The packet that writes the subscription, made anew under a higher counter: a card that was torn takes it once it is in reach. */
export interface Rewrites {
  /** The card's profile writes one file after the other. */
  readonly tearable: boolean;
  /** What was reserved for the card is still here, and each operator has an SMSC that reaches it. */
  readonly writable: boolean;
  /** Who has seen the card fail as a torn one does; `either`: both have, or a person says so; unless it has proven since that it holds the whole. */
  readonly suspectedAt?: TornAt | undefined;
  /** When the card attached to the target that may have been given its old key for it (RFC 3339, by the HLR's clock). */
  readonly heldAttach?: string | undefined;
  /** When it was heard that the card has taken one of these packets: it holds the whole subscription. */
  readonly writtenAt?: number;
  /** A later attach than this was made with the new key (RFC 3339, by the HLR's clock). */
  readonly provenAfter?: string | undefined;
  /** Those that may have left, by their numbers from 1, and over whose network each goes: its number there is that of no other. */
  readonly packets: readonly Network[];
  /** The card counts past every packet up to this number. */
  readonly spent: number;
  /** How often in a row one went out, or could not. */
  readonly attempts: number;
  /** How often one was brought forward since the card was in reach: the next time it waits for longer. */
  readonly nudges: number;
  /** The card has refused one, or said what no other copy would change. */
  readonly refused?: { readonly reason: Reason; readonly forGood: boolean } | undefined;
  /** When one goes out, if the card is in reach; absent while there is no reason for one. */
  readonly dueAt?: number | undefined;
}

export const neverTorn = (card: Pick<Rewrites, 'tearable' | 'writable'>): Rewrites => ({
  ...card,
  ...{ packets: [], spent: 0, attempts: 0, nudges: 0 },
});

/** Over whose network the card is in reach. */
export const networkOf = ({ rewrites }: CardState): Network =>
  rewrites.heldAttach === undefined ? 'source' : 'target';

/** A card that fails as a torn one does is taken for one until it has proven what it holds. */
export function suspected(known: CardState, at: TornAt): CardState {
  const { rewrites, confirmed } = known;
  const { tearable, suspectedAt = at } = rewrites;
  if (!tearable || confirmed) return known;
  return { ...known, rewrites: { ...rewrites, suspectedAt: suspectedAt === at ? at : 'either' } };
}

/** A person knows it to be torn: over the source it is written now, in case it is in reach there. */
export function tornBySomebody(known: CardState, now: number): CardState {
  const next = suspected(known, 'either');
  return { ...next, rewrites: rewriteWanted(rewriteDue(next, now), now) };
}

/** The card that was torn at the source is in reach there. */
export const repairedAtSource = (known: CardState, now: number): CardState =>
  isAtSource(known) ? nudged(rewriteDue(known, now), now) : known;

const isAtSource = (known: CardState): boolean =>
  (known.rewrites.suspectedAt === 'source' || known.rewrites.suspectedAt === 'either') && !isTornAtSource(known);

/** A packet is due, unless it is known already that the card holds the whole. */
export function rewriteDue(known: CardState, now: number): CardState {
  const { rewrites } = known;
  const isNeeded = rewrites.suspectedAt !== undefined && rewrites.dueAt === undefined && !isOver(known);
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
export function rewriteBegan(
  known: CardState,
  { number, over }: { readonly number: number; readonly over: Network },
): CardState {
  const { rewrites } = known;
  const more = Math.max(0, number - rewrites.packets.length);
  return { ...known, rewrites: { ...rewrites, packets: [...rewrites.packets, ...Array<Network>(more).fill(over)] } };
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
  if (spent === rewrites.spent || spent < rewrites.packets.length) return next;
  if (spent >= MOST_REWRITES) return refusedBy(next, { code, message }, false);
  return { ...next, rewrites: { ...next.rewrites, attempts: 0, dueAt: now } };
}

const refusedBy = (known: CardState, reason: Reason, forGood: boolean): CardState => ({
  ...known,
  hint: reason,
  rewrites: { ...known.rewrites, refused: { reason, forGood }, dueAt: undefined },
});

/** The card has proven that it holds the whole; with the old IMSI until then, if it ran what was sent over the source. */
export function rewritten({ rewrites }: CardState, number: number, at: number): Rewrites {
  const isFromSource = rewrites.packets[number - 1] === 'source';
  return {
    ...rewrites,
    ...{ writtenAt: at, dueAt: undefined, refused: undefined },
    suspectedAt: isFromSource ? undefined : rewrites.suspectedAt,
  };
}

/** Somebody wants it tried again now; what the card has refused for good stays refused. */
export function rewriteWanted(known: CardState, now: number): Rewrites {
  const { rewrites, confirmed } = known;
  const { refused, dueAt, packets } = rewrites;
  if (dueAt !== undefined) return { ...rewrites, attempts: 0, dueAt: now };
  if (refused === undefined || refused.forGood || confirmed || !rewrites.writable) return rewrites;
  // What it has answered already would draw nothing else.
  return { ...rewrites, refused: undefined, attempts: 0, spent: packets.length, dueAt: now };
}

/**
 * When the next one goes out. Over the network of the source never for somebody who wants the change undone: only at the target is it the
 * one way to a card that works.
 */
export function nextRewrite(known: CardState): number | undefined {
  const { rewrites, wish, unchanged, mayHaveLeft } = known;
  const { dueAt, heldAttach } = rewrites;
  if (dueAt === undefined || isOver(known) || !mayHaveLeft) return undefined;
  if (heldAttach !== undefined) return dueAt;
  return isAtSource(known) && wish === undefined && unchanged === undefined ? dueAt : undefined;
}

export function byRewrite(known: CardState, now: number): Decision | undefined {
  const at = nextRewrite(known);
  if (at === undefined || now < at) return undefined;
  const { packets, spent } = known.rewrites;
  const over = networkOf(known);
  const last = packets.lastIndexOf(over) + 1;
  return { kind: 'rewrite', number: last > spent ? last : packets.length + 1, over };
}
