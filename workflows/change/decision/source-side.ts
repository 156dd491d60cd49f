import type { OldSubscriber } from '../ports.ts';
import type { CardState } from './card-state.ts';
import { LONGEST_PAUSE_SECONDS, later } from './time.ts';

/** What is known of the subscription that the card leaves, while the card is awaited at the target. */
export interface SourceSide {
  /** As the HLR of the source told it last; until it is asked it is taken to be as it should. */
  readonly subscriber: OldSubscriber;
  readonly watching: boolean;
  /** The HLR of the source is asked from then on; absent until the card is waited for. */
  readonly watchFrom?: number;
  /** How often it has told something new: each time, the pause before the next question is twice as long. */
  readonly told: number;
}

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
