import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { v7 as uuidv7 } from 'uuid';
import { SEARCH_ATTRIBUTES, changeWorkflowId } from '../../workflows/shared/contract.ts';
import { READ_CARD, type CardReading, type ReadCard } from '../../workflows/reading/ports.ts';
import type { CardProfiles } from '../packets/card-profiles.ts';
import type { RequestDependencies } from '../requests/start-change.ts';
import { whyNotRead } from './why-not-read.ts';

const CARD = defineSearchAttributeKey(SEARCH_ATTRIBUTES.card, 'KEYWORD');
/** What comes before and behind the card's answer takes no longer, and no reading keeps a change from beginning for good. */
const BESIDES_SECONDS = 60;

type Dependencies = Pick<RequestDependencies, 'database' | 'workflows' | 'index' | 'taskQueue'> & {
  readonly profiles: CardProfiles;
};

/**
 * Asks a card over the air which IMSI it holds, and waits for its answer. Refused while a change of the card is open; and while it is
 * asked no change begins, since both are workflows of one id.
 */
export async function askWhatCardHolds(
  dependencies: Dependencies,
  question: Omit<ReadCard, 'readingId'>,
): Promise<CardReading> {
  const { workflows, index, taskQueue } = dependencies;
  const { iccid, patienceSeconds } = question;
  const refused = await whyNotRead(dependencies, iccid);
  if (refused !== undefined) return { kind: 'notRead', reason: refused };
  try {
    return (await workflows.execute(READ_CARD, {
      workflowId: changeWorkflowId(index.hash(iccid)),
      taskQueue,
      args: [{ ...question, readingId: uuidv7() } satisfies ReadCard],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowExecutionTimeout: `${String(patienceSeconds + BESIDES_SECONDS)} seconds`,
      staticSummary: `ICCID …${iccid.slice(-6)} is read`,
      typedSearchAttributes: [{ key: CARD, value: index.hash(iccid) }],
    })) as CardReading;
  } catch (cause) {
    if (cause instanceof WorkflowExecutionAlreadyStartedError)
      return { kind: 'notRead', reason: 'the card is being changed, or read by somebody else, at this moment' };
    if (cause instanceof WorkflowFailedError)
      return { kind: 'notRead', reason: 'nobody served the reading in time: see that the role orchestrator runs' };
    throw cause;
  }
}
