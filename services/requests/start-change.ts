import { setTimeout as delay } from 'node:timers/promises';
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
} from '../../workflows/shared/contract.ts';
import { READ_CARD } from '../../workflows/reading/ports.ts';
import type { Database } from '../../adapters/database/database.ts';
import { findChange } from '../timeline/read-model.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';

const KEYS = {
  change: defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD'),
  card: defineSearchAttributeKey(SEARCH_ATTRIBUTES.card, 'KEYWORD'),
  source: defineSearchAttributeKey(SEARCH_ATTRIBUTES.source, 'KEYWORD'),
  target: defineSearchAttributeKey(SEARCH_ATTRIBUTES.target, 'KEYWORD'),
} as const;

/** Tells a workflow that was started to ask about a late card from any other of the card. */
const REOPENED = { reopened: true } as const;

/** A worker that dies with the last task of a workflow holds its end up for this long. */
const TASK_SECONDS = 5;
/** How long a workflow may stay open whose change has ended: twice that, and no longer than somebody waits for an answer. */
const CLOSING_MS = 2 * TASK_SECONDS * 1_000;
const CLOSING_POLL_MS = 50;

export interface RequestDependencies {
  readonly database: Database;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  readonly taskQueue: string;
  readonly policy: ChangePolicy;
}

/** The change that runs for the card: the new one, or the one that was there. */
export interface Running {
  readonly changeId: string | undefined;
  /** The run of Temporal that was started, where this start made it. */
  readonly runId?: string;
  /** It has ended, and only its workflow is still open. */
  readonly ended: boolean;
  /** No change is in the way: the card is being read at this moment. */
  readonly beingRead?: true;
}

/**
 * Starts the workflow of a change, unless another change of the card runs. A change is seen to end a moment before its workflow
 * closes, and whoever asks for the next one right then must not be refused: that moment is waited for.
 */
export async function startChange(
  dependencies: RequestDependencies,
  source: string | null,
  change: SubscriptionChange,
): Promise<Running> {
  const deadline = Date.now() + CLOSING_MS;
  for (;;) {
    const runId = await tryToStart(dependencies, source, change);
    if (runId !== undefined) return { changeId: change.changeId, runId, ended: false };
    const inTheWay = await openWorkflow(dependencies, change);
    if (inTheWay !== undefined && !(inTheWay.ended && Date.now() < deadline)) return inTheWay;
    if (inTheWay === undefined && Date.now() >= deadline) return { changeId: undefined, ended: true };
    await delay(CLOSING_POLL_MS);
  }
}

/** Resolves to the run's id; nothing when the card has an open workflow: the Temporal server itself refuses a second. */
async function tryToStart(
  { workflows, taskQueue, index }: RequestDependencies,
  source: string | null,
  change: SubscriptionChange,
): Promise<string | undefined> {
  const { changeId, iccid, target } = change;
  try {
    const { firstExecutionRunId } = await workflows.start(SUBSCRIPTION_CHANGE, {
      workflowId: changeWorkflowId(index.hash(iccid)),
      taskQueue,
      args: [change],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      ...(change.reopened && { memo: REOPENED }),
      workflowTaskTimeout: `${TASK_SECONDS} seconds`,
      staticSummary: `ICCID …${iccid.slice(-6)} to ${target}`,
      staticDetails: `ICCID ${iccid} to ${target}, change ${changeId}, asked for by ${change.requestedBy}.`,
      typedSearchAttributes: [
        { key: KEYS.change, value: changeId },
        { key: KEYS.card, value: index.hash(iccid) },
        ...(source === null ? [] : [{ key: KEYS.source, value: source }]),
        { key: KEYS.target, value: target },
      ],
    });
    return firstExecutionRunId;
  } catch (cause) {
    if (cause instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw cause;
  }
}

/** What runs for the card, by Temporal, and whether it has ended, by our own records; nothing when it has closed meanwhile. */
async function openWorkflow(
  { workflows, index, database }: RequestDependencies,
  { changeId, iccid }: SubscriptionChange,
): Promise<Running | undefined> {
  const newest = await newestWorkflow(workflows, changeWorkflowId(index.hash(iccid)));
  // Somebody who asked at the same moment has started this very change; it may be done already.
  if (newest?.changeId === changeId) return { changeId, ended: false };
  if (newest?.running !== true) return undefined;
  if (newest.beingRead) return { changeId: undefined, ended: false, beingRead: true };
  const recorded = newest.changeId === undefined ? undefined : await findChange(database, newest.changeId);
  return { changeId: newest.changeId, ended: recorded?.ended === true };
}

/** The change that a workflow carries on. */
export const changeOf = ({ typedSearchAttributes }: WorkflowExecutionDescription): string | undefined =>
  typedSearchAttributes.get(KEYS.change);

/** The operator that the card of a workflow joins. */
export const targetOf = ({ typedSearchAttributes }: WorkflowExecutionDescription): string | undefined =>
  typedSearchAttributes.get(KEYS.target);
export interface NewestWorkflow {
  readonly changeId: string | undefined;
  readonly running: boolean;
  /** It reads the card, and carries no change on. */
  readonly beingRead: boolean;
  /** When it was started, if that was to reopen its change. */
  readonly reopenedAt: Date | undefined;
}

/** The change of the card's newest workflow, and whether that still runs. */
export async function newestWorkflow(
  workflows: WorkflowClient,
  workflowId: string,
): Promise<NewestWorkflow | undefined> {
  try {
    const description = await workflows.getHandle(workflowId).describe();
    const { status, startTime, memo, type } = description;
    const reopenedAt = memo?.['reopened'] === true ? startTime : undefined;
    const changeId = changeOf(description);
    return { changeId, running: status.name === 'RUNNING', beingRead: type === READ_CARD, reopenedAt };
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return undefined;
    throw cause;
  }
}
