import { CancellationScope, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { smscTaskQueue } from '../shared/contract.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { reasonOf } from '../shared/failures.ts';
import type { CardAskingActivities, CardReading, ReadCard, ReadingActivities } from './ports.ts';

/** A card that is ahead of the registry’s counter is asked again, each time further ahead. */
const MOST_QUESTIONS = 4;
/** Of the minute that a reading may take beside its patience. */
const ENDING_MILLISECONDS = 45_000;
const NOT_ANSWERED: ReadonlySet<FailureCode> = new Set(['CARD_BEING_READ', 'STEP_TIMED_OUT']);

/** Asks a card which IMSI it holds, and compares nothing and changes nothing: who asked does the one, and nobody the other. */
export async function readCard(reading: ReadCard): Promise<CardReading> {
  const { readingId } = reading;
  const deadline = Date.now() + reading.patienceSeconds * 1_000;
  try {
    const begun = await ownWithin(deadline - Date.now()).beginReading(reading);
    if (begun.kind === 'refused') return { kind: 'notRead', reason: begun.reason };
    return await ask(reading, { ...begun, deadline });
  } catch (cause) {
    return { kind: 'notRead', reason: reasonOf(cause).message };
  } finally {
    await CancellationScope.nonCancellable(() => ownWithin(ENDING_MILLISECONDS).endReading({ readingId }));
  }
}

/** Asks until the card has told its IMSI; all questions together have until the deadline, in milliseconds since the epoch. */
async function ask(
  { readingId, iccid }: ReadCard,
  { smsc, imsi, deadline }: { readonly smsc: string; readonly imsi: string; readonly deadline: number },
): Promise<CardReading> {
  for (let number = 1; number <= MOST_QUESTIONS; number += 1) {
    const question = { readingId, iccid, number };
    if (Date.now() >= deadline) break;
    await smscWithin(deadline - Date.now(), smsc).askCard(question);
    if (Date.now() >= deadline) break;
    const answer = await awaited(ownWithin(deadline - Date.now()).watchReading(question));
    if (answer === undefined) return { kind: 'notRead', reason: `ICCID ${iccid} has not answered` };
    const { status, held } = answer;
    if (held !== null) return { kind: 'read', held, imsi };
    if (status !== 'cntrLow') return { kind: 'notRead', reason: `the card answered ${status}, and told no IMSI` };
    if (number === MOST_QUESTIONS)
      return { kind: 'notRead', reason: 'the counter of the card is far above that of the registry' };
  }
  return { kind: 'notRead', reason: 'the time was over before the card had told its IMSI' };
}

/** Nothing when the time was over first: the server then tells the last failure of the watch, or, in the middle of a look, none. */
async function awaited<Answer>(watch: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await watch;
  } catch (cause) {
    if (NOT_ANSWERED.has(reasonOf(cause).code)) return undefined;
    throw cause;
  }
}

const ownWithin = (milliseconds: number): ReadingActivities =>
  proxyActivities<ReadingActivities>({ taskQueue: workflowInfo().taskQueue, ...within(milliseconds) });

const smscWithin = (milliseconds: number, smsc: string): CardAskingActivities =>
  proxyActivities<CardAskingActivities>({
    taskQueue: smscTaskQueue(workflowInfo().taskQueue, smsc),
    ...within(milliseconds),
    summary: `which IMSI does the card hold? through ${smsc}`,
  });

const within = (milliseconds: number) =>
  ({
    startToCloseTimeout: '15 seconds',
    scheduleToCloseTimeout: milliseconds,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
  }) as const;
