import { cardAnswer, probeReading } from './card-answer.ts';
import type { CardEvent } from './decision/card-events.ts';
import type { ChangeRecord, RecordedPacket } from './ports.ts';

/**
 * What an earlier, lost workflow of the change had heard and decided, as facts, in the order in which it can be learnt. Empty where the
 * record proves nothing: then the packet may have left, and both subscriptions live.
 */
export function eventsOnRecord({ packets, torn, rollback, frozen }: ChangeRecord): readonly CardEvent[] {
  const tornBefore: readonly CardEvent[] = torn === true ? [{ kind: 'tornBefore' }] : [];
  const heard = [...tornBefore, ...packets.flatMap(factsOf)];
  // A card that has taken the subscription outdoes every rollback that had begun before.
  const decided: readonly CardEvent[] =
    rollback === undefined || heard.some(isTaken) ? [] : [{ kind: 'rollbackDecided', reason: rollback }];
  const held: readonly CardEvent[] = frozen === undefined ? [] : [{ kind: 'releaseFailed', reason: frozen }];
  const facts = [...heard, ...decided, ...held];
  // Events of the past do not come again, so the HLR of the target is asked before anything is undone.
  return facts.length === 0 ? [] : [...facts, { kind: 'woken' }];
}

/** Whether the packet has done what it can: it is not submitted again. */
export const isSettled = (facts: readonly CardEvent[]): boolean =>
  facts.some(
    (fact) =>
      fact.kind === 'rollbackDecided' ||
      fact.kind === 'releaseFailed' ||
      (fact.kind === 'cardAnswered' && (fact.answer.kind === 'executed' || fact.answer.kind === 'refused')) ||
      fact.kind === 'rewriteBegan' ||
      (fact.kind === 'probeAnswered' && fact.reading.kind === 'holds' && fact.reading.subscription === 'source'),
  );

function factsOf({ purpose, answer, number = 1, answeredAt }: RecordedPacket): readonly CardEvent[] {
  if (purpose === 'refresh') return [{ kind: 'refreshSent' }];
  const por = answer && { ...answer, authenticated: true };
  if (purpose === 'probe') {
    const reading = por && probeReading(por);
    return [{ kind: 'probeSent' }, ...(reading === undefined ? [] : [{ kind: 'probeAnswered', reading } as const])];
  }
  const said = por && cardAnswer(por);
  if (purpose === 'rewrite') {
    const began: readonly CardEvent[] = [{ kind: 'rewriteBegan', number }, { kind: 'rewriteSent' }];
    const at = answeredAt === undefined ? {} : { at: Date.parse(answeredAt) };
    return said === undefined ? began : [...began, { kind: 'rewriteAnswered', number, answer: said, ...at }];
  }
  return said === undefined ? [] : [{ kind: 'cardAnswered', answer: said }];
}

const isTaken = (fact: CardEvent): boolean =>
  (fact.kind === 'cardAnswered' || fact.kind === 'rewriteAnswered') && fact.answer.kind === 'executed';
