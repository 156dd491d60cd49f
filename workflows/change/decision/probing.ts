import type { Reason } from '../../shared/failures.ts';
import type { CardState } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** A card that keeps answering nothing useful is not asked for ever: each probe uses up counters. A person may ask on. */
export const MOST_PROBES = 4;

/**
 * A probe counts higher than the packet, and so spoils one that is still on its way: by itself it goes out only where its answer proves
 * something, or where the card has said that it counts past the packet anyway.
 */
export const mayProbe = ({ probes, confirmed, hint, rewrites }: CardState): boolean =>
  !confirmed &&
  rewrites.packets === 0 &&
  !probes.settled &&
  (probes.readBack === 'proves' || (probes.readBack !== undefined && hint?.code === 'POR_CNTR_LOW'));

/** One that did not leave is tried again under its number: it is the same packet. */
export function probeFailed(known: CardState, reason: Reason, now: number): CardState {
  const { probes, pace } = known;
  const pause = Math.min(pace.pollSeconds * 2 ** probes.failures, LONGEST_PAUSE_SECONDS);
  return {
    ...known,
    hint: reason,
    probes: {
      ...probes,
      failures: probes.failures + 1,
      due: { from: later(now, pause), number: probes.due?.number ?? probes.sent + 1 },
    },
  };
}

export function probeSent(known: CardState, now: number): CardState {
  const { probes } = known;
  const sent = Math.max(probes.sent, probes.due?.number ?? probes.sent + 1);
  return { ...known, probes: { ...probes, sent, sentAt: now, failures: 0, due: undefined } };
}

/** A card that answers none of the most that are sent by themselves is sent the last one again, once a day: it costs no counter. */
export function probeDue(known: CardState, from: number): CardState {
  const { probes } = known;
  if (!mayProbe(known)) return known;
  const { sent, sentAt = from, due } = probes;
  const earliest = sent < MOST_PROBES ? from : Math.max(from, later(sentAt, LONGEST_PAUSE_SECONDS));
  return {
    ...known,
    probes: {
      ...probes,
      due: { from: Math.min(earliest, due?.from ?? earliest), number: due?.number ?? Math.min(sent + 1, MOST_PROBES) },
    },
  };
}
