import { milenage } from '../../telecom/milenage.ts';
import type { UsimAnswer } from '../serving-node/usim.ts';
import type { CardMemory } from './card-memory.ts';
import type { CardFact } from './facts.ts';
import { sequenceNumberOf } from './sqn-array.ts';

/**
 * Checks MAC-A, then that SQN is fresh, and only then answers (3GPP TS 33.102 §6.3.3). A number that is old or too far ahead is
 * answered with AUTS, which tells the authentication centre the highest number that the card has accepted.
 */
export function answerChallenge(
  memory: CardMemory,
  rand: Uint8Array,
  autn: Uint8Array,
): { readonly answer: UsimAnswer; readonly facts: readonly CardFact[] } {
  const { keys, sqn } = memory;
  if (keys === undefined) return { answer: { kind: 'macFailure' }, facts: [] };
  const algorithm = milenage(keys);
  const opened = algorithm.openAutn(rand, autn);
  if (opened === undefined) return { answer: { kind: 'macFailure' }, facts: [] };
  const number = sequenceNumberOf(opened.sqn);
  if (!sqn.accepts(number)) {
    const auts = algorithm.auts({ rand, sqn: sqn.highest() });
    return { answer: { kind: 'synchronisationFailure', auts }, facts: [] };
  }
  const { iccid } = memory.factory;
  const { res } = algorithm.f2345(rand);
  return { answer: { kind: 'res', res }, facts: [{ kind: 'sequenceAccepted', iccid, ...number }] };
}
