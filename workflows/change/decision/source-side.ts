import type { OldSubscriber } from '../ports.ts';
import type { CardState, SourceSide } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

export const untouched: SourceSide = { subscriber: { standing: 'served' }, watching: false, told: 0 };

/** The source is asked as soon as the card is waited for without an event: one that comes in time costs no question. */
export const sourceAwaited = ({ source }: CardState, now: number): SourceSide =>
  source.watchFrom === undefined ? { ...source, watchFrom: now } : source;

/** A subscriber that comes and goes, or cards of strangers that fail and succeed, must not fill the history. */
export function sourceAnswered({ source, pace }: CardState, subscriber: OldSubscriber, now: number): SourceSide {
  const pause = Math.min(pace.pollSeconds * 2 ** source.told, LONGEST_PAUSE_SECONDS);
  return { ...source, subscriber, watching: false, watchFrom: later(now, pause), told: source.told + 1 };
}

/** Who asks for it now is told soon, also by a question that has become slow. */
export const askedAgain = (source: SourceSide, now: number): SourceSide =>
  source.told === 0 ? source : { ...source, watching: false, watchFrom: now };
