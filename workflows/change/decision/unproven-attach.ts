import type { Attach } from '../ports.ts';
import type { CardState } from './card-state.ts';
import { nudged, rewriteDue } from './rewriting.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from './time.ts';

/**
 * An attach that proves nothing yet: the target may have been given the old key of a torn card, to bring it in reach. `after`: a later one
 * than that proves the new key.
 */
export function holdOf({ rewrites, confirmed }: CardState): { readonly after?: string } | undefined {
  const { tearable, suspected, writtenAt, provenAfter } = rewrites;
  if (!tearable || !suspected) return undefined;
  if (confirmed && writtenAt === undefined) return undefined;
  if (provenAfter !== undefined) return { after: provenAfter };
  // Later than that by any clock, it is later than the proof too.
  return writtenAt === undefined ? {} : { after: new Date(writtenAt + CLOCKS_DIFFER_MILLISECONDS).toISOString() };
}

/** The attach that is no news to the watch over the target: one that is held, and is known to count for nothing. */
export function knownAttach(known: CardState): string | undefined {
  const { writtenAt, provenAfter, heldAttach } = known.rewrites;
  const isCompared = writtenAt === undefined || provenAfter !== undefined;
  return holdOf(known) !== undefined && isCompared ? heldAttach : undefined;
}

/** The torn card is at the target, whatever a person had decided of it: it is written there, and nothing is released before that. */
export function attachHeld(known: CardState, { at }: Extract<Attach, { attached: true }>, now: number): CardState {
  const { rewrites, unchanged } = known;
  const isNew = rewrites.heldAttach !== at;
  // A card that refuses its admin code is not asked a second time, wherever it is.
  const refusal = unchanged?.code === 'ADMIN_CODE_WRONG' || unchanged?.code === 'ADMIN_CODE_BLOCKED';
  const next: CardState = {
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
      ...(refusal && { refused: { reason: unchanged, forGood: true } }),
    },
  };
  return isNew ? nudged(rewriteDue(next, now), now) : rewriteDue(next, now);
}

/** What an HLR that does not have the card attached says of the attach that it had before. */
export function notAttached(known: CardState): CardState {
  const { writtenAt, suspected } = known.rewrites;
  // Whatever attaches from now on does so with the key that the card has proven to have.
  return {
    ...known,
    rewrites: {
      ...known.rewrites,
      heldAttach: undefined,
      suspected: writtenAt === undefined && suspected,
    },
  };
}
