import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowClient,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  SEARCH_ATTRIBUTES,
  SUBSCRIPTION_CHANGE,
  changeWorkflowId,
  type ChangePolicy,
  type SubscriptionChange,
} from '../../workflows/contract.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';

const KEYS = {
  change: defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD'),
  card: defineSearchAttributeKey(SEARCH_ATTRIBUTES.card, 'KEYWORD'),
  source: defineSearchAttributeKey(SEARCH_ATTRIBUTES.source, 'KEYWORD'),
  target: defineSearchAttributeKey(SEARCH_ATTRIBUTES.target, 'KEYWORD'),
} as const;

export interface RequestDependencies {
  readonly database: Database;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  readonly taskQueue: string;
  readonly policy: ChangePolicy;
}

/** Resolves to the id of the change that runs for the card: the new one, or the one that was there. */
export async function startChange(
  { workflows, taskQueue, index }: RequestDependencies,
  source: string | null,
  change: SubscriptionChange,
): Promise<string | undefined> {
  const { changeId, iccid, target } = change;
  const workflowId = changeWorkflowId(index.hash(iccid));
  try {
    await workflows.start(SUBSCRIPTION_CHANGE, {
      workflowId,
      taskQueue,
      args: [change],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowTaskTimeout: '5 seconds',
      staticSummary: `ICCID …${iccid.slice(-6)} to ${target}`,
      staticDetails: `ICCID ${iccid} to ${target}, change ${changeId}, asked for by ${change.requestedBy}.`,
      typedSearchAttributes: [
        { key: KEYS.change, value: changeId },
        { key: KEYS.card, value: index.hash(iccid) },
        ...(source === null ? [] : [{ key: KEYS.source, value: source }]),
        { key: KEYS.target, value: target },
      ],
    });
    return changeId;
  } catch (cause) {
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
    return (await newestWorkflow(workflows, workflowId))?.changeId;
  }
}

/** The change that a workflow carries on. */
export const changeOf = ({ typedSearchAttributes }: WorkflowExecutionDescription): string | undefined =>
  typedSearchAttributes.get(KEYS.change);

/** The change of the card's newest workflow, and whether that still runs. */
export async function newestWorkflow(
  workflows: WorkflowClient,
  workflowId: string,
): Promise<{ readonly changeId: string | undefined; readonly running: boolean } | undefined> {
  try {
    const description = await workflows.getHandle(workflowId).describe();
    return { changeId: changeOf(description), running: description.status.name === 'RUNNING' };
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return undefined;
    throw cause;
  }
}
