import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';
import { FINAL_FAILURE_STATES } from '../../adapters/smsc/final-failure-states.ts';
import type { EarlierSubmission, SubmissionHistory } from './submission-history.ts';
import { segmentNamed } from '../deliveries/receipted-segment.ts';

/**
 * Which segments a step hands over again, by their numbers from 1; null: all of them. An attempt that comes after another one of its
 * step makes the same choice, whatever has been heard since.
 */
export function segmentsDue(history: SubmissionHistory, sequence: number): readonly number[] | null {
  const begun = history.submissions.find((submission) => submission.sequence === sequence);
  return begun === undefined ? missingSegments(history) : begun.segments;
}

/**
 * What is missing at a card that has a part of a packet: it completes the packet with that alone, under the same reference (3GPP TS
 * 23.040 §9.2.3.24.1). A card that was switched off has lost the part that it had, so what is missing goes out alone only once: the
 * submission after that is whole again.
 */
function missingSegments(history: SubmissionHistory): readonly number[] | null {
  const [last] = history.submissions;
  if (last === undefined || !last.accepted || last.segments !== null) return null;
  const states = segmentStates(history, last);
  if (!states.some(isGivenUp) || !states.includes('delivered')) return null;
  // One of which nothing is heard is missing as well: a part that comes twice does no harm.
  return states.flatMap((state, index) => (state === 'delivered' ? [] : [index + 1]));
}

/** What the SMSC has said of each segment of a submission; what is final stays so. */
export function segmentStates(
  { submissions, receipts }: SubmissionHistory,
  of: EarlierSubmission,
): readonly (MessageState | undefined)[] {
  const states = of.messageIds.map((): MessageState | undefined => undefined);
  for (const [messageId, state] of Object.entries(receipts)) {
    const named = segmentNamed(messageId, submissions);
    if (named?.submission === of && !isFinal(states[named.index])) states[named.index] = state;
  }
  return states;
}

export const isGivenUp = (state: MessageState | undefined): boolean =>
  state !== undefined && FINAL_FAILURE_STATES.includes(state);

/** Nothing more becomes of the message. */
export const isFinal = (state: MessageState | undefined): boolean => state === 'delivered' || isGivenUp(state);
