import type { CardAnswer } from '../card-answer.ts';
import type { Reason } from '../failures.ts';
import type { Attach, TornAt } from '../ports.ts';
import type { Decision } from './decide.ts';
import type { Known } from './known.ts';
import { isTornAtSource } from './source-side.ts';
import { CLOCKS_DIFFER_MILLISECONDS, LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** Each uses up a counter; behind the last one only the same packet goes out again, which costs none. */
const MOST_REWRITES = 4;

/** The packet that writes the subscription, made anew under a higher counter: a card that was torn takes it once it is in reach. */
export interface Rewrites {
  /** The card's profile writes one file after the other, and an operator on each side has an SMSC that reaches it. */
  readonly possible: boolean;
  /** Who has seen the card fail as a torn one does, or `either` where a person says so, unless it has proven since that it holds the whole subscription. */
  readonly suspectedAt?: TornAt | undefined;
  /** When the card attached to the target that may have been given its old key for it (RFC 3339, by the HLR's clock). */
  readonly heldAttach?: string | undefined;
  /** When it was heard that the card has taken one of these packets: it holds the whole subscription. */
  readonly writtenAt?: number;
  /** A later attach than this was made with the new key (RFC 3339, by the HLR's clock). */
  readonly provenAfter?: string | undefined;
  /** How many different ones went out, and over whose network the last one did: its number there is that of no other. */
  readonly sent: number;
  readonly sentOver?: 'target' | 'source';
  /** One of them went out over the network of the target. */
  readonly everOverTarget: boolean;
  /** How often in a row the last one went out, or could not. */
  readonly attempts: number;
  /** The card has refused one, or said what no other copy would change. */
  readonly refused?: { readonly reason: Reason; readonly forGood: boolean } | undefined;
  /** Which one goes out, from when on; absent while there is no reason for one. */
  readonly due?: { readonly from: number; readonly number: number } | undefined;
}

export const neverTorn = (possible: boolean): Rewrites => ({
  ...{ possible, everOverTarget: false, sent: 0, attempts: 0 },
});

/** Over whose network the card is in reach. */
export const networkOf = ({ rewrites }: Known): 'target' | 'source' =>
  rewrites.heldAttach === undefined ? 'source' : 'target';

/**
 * An attach that proves nothing yet: the target may have been given the old key of a torn card, to bring it in reach. `after`: a later one
 * than that proves the new key.
 */
export function holdOf({ rewrites, confirmed }: Known): { readonly after?: string } | undefined {
  const { suspectedAt, writtenAt, provenAfter } = rewrites;
  if (suspectedAt === undefined || suspectedAt === 'source' || (confirmed && writtenAt === undefined)) return undefined;
  if (provenAfter !== undefined) return { after: provenAfter };
  // Later than that by any clock, it is later than the proof too.
  return writtenAt === undefined ? {} : { after: new Date(writtenAt + CLOCKS_DIFFER_MILLISECONDS).toISOString() };
}

/** The attach that is no news to the watch over the target: one that is held, and is known to count for nothing. */
export function knownAttach(known: Known): string | undefined {
  const { writtenAt, provenAfter, heldAttach } = known.rewrites;
  const isCompared = writtenAt === undefined || provenAfter !== undefined;
  return holdOf(known) !== undefined && isCompared ? heldAttach : undefined;
}

/** A card that fails as a torn one does is taken for one until it has proven what it holds. */
export function suspected(known: Known, suspectedAt: TornAt): Known {
  const { rewrites, confirmed } = known;
  return rewrites.possible && !confirmed && rewrites.suspectedAt !== 'either'
    ? { ...known, rewrites: { ...rewrites, suspectedAt } }
    : known;
}

/** A person knows it to be torn: over the source it is written now, in case it is in reach there. */
export function tornBySomebody(known: Known, now: number): Known {
  const { rewrites, confirmed } = known;
  const { sent, due, refused } = rewrites;
  if (!rewrites.possible || confirmed || refused?.forGood === true) return known;
  const number = refused === undefined ? Math.max(sent, 1) : sent + 1;
  return {
    ...known,
    rewrites: {
      ...rewrites,
      ...{ suspectedAt: 'either', refused: undefined, attempts: 0, due: { from: now, number: due?.number ?? number } },
    },
  };
}

/** The torn card is at the target, whatever somebody had decided of it: it is written there, and nothing is released before that. */
export function attachHeld(known: Known, { at }: Extract<Attach, { attached: true }>, now: number): Known {
  const { rewrites } = known;
  const next: Known = {
    ...known,
    ...{
      torn: false,
      seenAtTarget: false,
      refusal: undefined,
      lapsed: undefined,
      unchanged: undefined,
      undo: undefined,
    },
    rewrites: {
      ...rewrites,
      heldAttach: at,
      ...(rewrites.writtenAt !== undefined && { provenAfter: rewrites.provenAfter ?? at }),
    },
  };
  if (rewrites.heldAttach === at) return rewriteDue(next, now);
  // Over this network none has gone out, and the target may take its old key back soon.
  const isFirst = rewrites.sentOver !== 'target' && rewrites.due !== undefined;
  return isFirst ? { ...next, rewrites: rewriteWanted(next, now) } : rewriteDue(sooner(next, now), now);
}

/** What an HLR that does not have the card attached says of the attach that it had before. */
export function notAttached(known: Known): Known {
  const { writtenAt, suspectedAt } = known.rewrites;
  // Whatever attaches from now on does so with the key that the card has proven to have.
  return {
    ...known,
    rewrites: {
      ...known.rewrites,
      heldAttach: undefined,
      suspectedAt: writtenAt === undefined ? suspectedAt : undefined,
    },
  };
}

/** The card that was torn at the source is in reach there. */
export const repairedAtSource = (known: Known, now: number): Known =>
  known.rewrites.suspectedAt === 'source' && !isTornAtSource(known) ? rewriteDue(known, now) : known;

/** A packet is due now, unless it is known already that the card holds the whole. */
function rewriteDue(known: Known, now: number): Known {
  const { rewrites, confirmed } = known;
  const { refused, due, sent } = rewrites;
  if (!rewrites.possible || confirmed || refused !== undefined || due !== undefined) return known;
  return { ...known, rewrites: { ...rewrites, due: { from: now, number: Math.max(sent, 1) } } };
}

/** The same one goes out again, later each time, until the card has answered. */
export function rewriteSent(
  known: Known,
  { number, over }: { readonly number: number; readonly over: 'target' | 'source' },
  now: number,
): Known {
  const { rewrites } = known;
  return again(
    {
      ...known,
      rewrites: {
        ...rewrites,
        sent: Math.max(rewrites.sent, number),
        sentOver: over,
        everOverTarget: rewrites.everOverTarget || over === 'target',
      },
    },
    number,
    now,
  );
}

/** One that did not leave is tried again under its number. */
export const rewriteFailed = (known: Known, hint: Reason, now: number): Known =>
  again({ ...known, hint }, known.rewrites.due?.number ?? Math.max(known.rewrites.sent, 1), now);

function again(known: Known, number: number, now: number): Known {
  const { rewrites, pace } = known;
  const pause = Math.min(pace.pollSeconds * 2 ** rewrites.attempts, LONGEST_PAUSE_SECONDS);
  const due = { from: later(now, pause), number };
  return { ...known, rewrites: { ...rewrites, attempts: rewrites.attempts + 1, ...(!isOver(known) && { due }) } };
}

const isOver = ({ rewrites, confirmed }: Known): boolean => confirmed || rewrites.refused !== undefined;

/** What a card says of a packet that is not to go out again, or not so; that it took it is learnt like that of the first. */
export function rewriteRefused(known: Known, answer: Extract<CardAnswer, { code: unknown }>, now: number): Known {
  const { rewrites } = known;
  const { code, message } = answer;
  if (known.confirmed) return known;
  if (code !== 'POR_CNTR_LOW') {
    const refused = { reason: { code, message }, forGood: answer.kind === 'refused' };
    return { ...known, hint: refused.reason, rewrites: { ...rewrites, refused, due: undefined } };
  }
  // It was run in part, or its answer was lost, or the card is ahead: the next one counts higher.
  if (rewrites.sent >= MOST_REWRITES || rewrites.sent === 0) return known;
  return { ...known, rewrites: { ...rewrites, attempts: 0, due: { from: now, number: rewrites.sent + 1 } } };
}

/** The card has proven that it holds the whole; with the old IMSI until then, if all that it was sent went over the source. */
export function rewritten({ rewrites }: Known, now: number): Rewrites {
  const { everOverTarget, suspectedAt } = rewrites;
  return { ...rewrites, writtenAt: now, due: undefined, suspectedAt: everOverTarget ? suspectedAt : undefined };
}

/** Somebody wants it tried again now; what the card has refused for good stays refused. */
export function rewriteWanted(known: Known, now: number): Rewrites {
  const { rewrites } = known;
  const { refused, due, sent } = rewrites;
  if (due !== undefined) return { ...rewrites, attempts: 0, due: { ...due, from: now } };
  if (refused === undefined || refused.forGood) return rewrites;
  return { ...rewrites, refused: undefined, attempts: 0, due: { from: now, number: sent + 1 } };
}

/** A device that is at hand takes it now. */
export function sooner(known: Known, now: number): Known {
  const { rewrites, pace } = known;
  const { due } = rewrites;
  if (due === undefined) return known;
  // One that comes and goes must not fill the history.
  const from = Math.min(due.from, later(now, pace.pollSeconds));
  return { ...known, rewrites: { ...rewrites, due: { ...due, from } } };
}

/**
 * When the next one goes out. Over the network of the source never for somebody who wants the change undone: only at the target is it the
 * one way to a card that works.
 */
export function nextRewrite(known: Known): number | undefined {
  const { rewrites, wish, unchanged, mayHaveLeft } = known;
  const { due, heldAttach } = rewrites;
  if (due === undefined || isOver(known) || !mayHaveLeft) return undefined;
  if (heldAttach !== undefined) return due.from;
  const { suspectedAt } = rewrites;
  const isInReach = suspectedAt === 'either' || (suspectedAt === 'source' && !isTornAtSource(known));
  return isInReach && wish === undefined && unchanged === undefined ? due.from : undefined;
}

export function byRewrite(known: Known, now: number): Decision | undefined {
  const at = nextRewrite(known);
  if (at === undefined || now < at) return undefined;
  const { due, sent, sentOver } = known.rewrites;
  const over = networkOf(known);
  const number = due?.number ?? 1;
  return { kind: 'rewrite', number: number <= sent && sentOver !== over ? sent + 1 : number, over };
}
