import { CancellationScope, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { smscTaskQueue } from './contract.ts';
import { reasonOf } from './failures.ts';
import type { CardAskingActivities, CardReading, ReadCard, ReadingActivities } from './reading-ports.ts';

/** A card that is ahead of the registry’s counter is asked again, each time further ahead. */
const MOST_QUESTIONS = 4;

/** Asks a card which IMSI it holds, and compares nothing and changes nothing: who asked does the one, and nobody the other. */
export async function readCard(reading: ReadCard): Promise<CardReading> {
  const { readingId } = reading;
  const own = readingsWithin(reading.patienceSeconds);
  try {
    const begun = await own.beginReading(reading);
    if (begun.kind === 'refused') return { kind: 'notRead', reason: begun.reason };
    return await ask(reading, begun);
  } catch (cause) {
    return { kind: 'notRead', reason: reasonOf(cause).message };
  } finally {
    await CancellationScope.nonCancellable(() => own.endReading({ readingId }));
  }
}

async function ask(
  { readingId, iccid, patienceSeconds }: ReadCard,
  { smsc, imsi }: { readonly smsc: string; readonly imsi: string },
): Promise<CardReading> {
  const own = readingsWithin(patienceSeconds);
  const { askCard } = proxyActivities<CardAskingActivities>({
    taskQueue: smscTaskQueue(workflowInfo().taskQueue, smsc),
    ...within(patienceSeconds),
    summary: `which IMSI does the card hold? through ${smsc}`,
  });
  for (let number = 1; number <= MOST_QUESTIONS; number += 1) {
    const question = { readingId, iccid, number };
    await askCard(question);
    const { status, held } = await own.watchReading(question);
    if (held !== null) return { kind: 'read', held, imsi };
    if (status !== 'cntrLow') return { kind: 'notRead', reason: `the card answered ${status}, and told no IMSI` };
  }
  return { kind: 'notRead', reason: 'the counter of the card is far above that of the registry' };
}

const readingsWithin = (patienceSeconds: number): ReadingActivities =>
  proxyActivities<ReadingActivities>({ taskQueue: workflowInfo().taskQueue, ...within(patienceSeconds) });

const within = (patienceSeconds: number) =>
  ({
    startToCloseTimeout: '15 seconds',
    scheduleToCloseTimeout: `${patienceSeconds} seconds`,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
  }) as const;
