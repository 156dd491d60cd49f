import type { CardState } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** A device that ignores so many of them has to be switched off and on; each uses up a counter. */
const MOST_REFRESHES = 4;

/** A card that has taken the subscription, and whose device goes on with the old one, has it read anew. */
export function refreshDue(known: CardState, from: number): CardState {
  const { refreshes } = known;
  const { possible, sent, earliest, dueAt = Infinity } = refreshes;
  if (!possible || sent >= MOST_REFRESHES) return known;
  return { ...known, refreshes: { ...refreshes, dueAt: Math.min(dueAt, Math.max(from, earliest)) } };
}

/** The next one waits for another sign of the device, and for longer each time. */
export function refreshSent(known: CardState, now: number): CardState {
  const { refreshes, pace } = known;
  const pause = Math.min(pace.pollSeconds * 2 ** refreshes.sent, LONGEST_PAUSE_SECONDS);
  return {
    ...known,
    refreshes: { ...refreshes, sent: refreshes.sent + 1, earliest: later(now, pause), dueAt: undefined },
  };
}

/** One that did not leave is tried again, under its number, when the device shows itself. */
export const refreshFailed = (known: CardState, now: number): CardState => ({
  ...known,
  refreshes: { ...known.refreshes, earliest: later(now, known.pace.pollSeconds), dueAt: undefined },
});
