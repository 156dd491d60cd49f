import { WorkflowNotFoundError, type WorkflowClient, type WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { tsToDate } from '@temporalio/common/lib/time';
import {
  changeWorkflowId,
  operatorTaskQueue,
  SEARCH_ATTRIBUTES,
  smscTaskQueue,
} from '../../workflows/shared/contract.ts';
import { isFailureCode } from '../../workflows/shared/failure-codes.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { ChangeView, ServedBy, UnrecordedChange, WaitingStep, WorkflowView } from '../../application/views.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';
import { PayloadError } from '../../adapters/vault/payload-codec.ts';
import { changeOf, targetOf } from './start-change.ts';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Timestamp = Parameters<typeof tsToDate>[0];

/** `SCHEDULED` of temporal.api.enums.v1.PendingActivityState and PendingWorkflowTaskState: no process has it. */
const SCHEDULED = 1;
const isScheduled = (state: unknown): boolean => state === SCHEDULED;
/** A task that waits no longer than this may still be on its way to a process. */
const TAKEN_WITHIN_MS = 5_000;

export interface ViewDependencies {
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  readonly taskQueue: string;
}

/** Asks Temporal what the workflow of a change is doing; one of another change of the card does not count. */
export async function viewWorkflow(
  { workflows, index, taskQueue }: ViewDependencies,
  { changeId, iccid }: Pick<ChangeView, 'changeId' | 'iccid'>,
): Promise<WorkflowView> {
  const newest = await describe(workflows, changeWorkflowId(index.hash(iccid)));
  if (newest === undefined || changeOf(newest) !== changeId)
    return { running: false, runId: await lastRunOf(workflows, changeId), notTakenSince: null, waiting: [] };
  const running = newest.status.name === 'RUNNING';
  const { pendingActivities, pendingWorkflowTask } = newest.raw;
  const pending = running
    ? await Promise.all((pendingActivities ?? []).map((activity) => opened(workflows, newest.workflowId, activity)))
    : [];
  return {
    running,
    runId: newest.runId,
    notTakenSince: pendingWorkflowTask ? notTaken(pendingWorkflowTask, new Date()) : null,
    waiting: waitingSteps(pending, { taskQueue, now: new Date() }),
  };
}

/** A change that Temporal runs for a card and no orchestrator has begun, by the card's number. */
export async function findUnrecorded(
  { workflows, index }: ViewDependencies,
  iccid: string,
): Promise<UnrecordedChange | undefined> {
  const newest = await describe(workflows, changeWorkflowId(index.hash(iccid)));
  const changeId = newest && changeOf(newest);
  if (newest?.status.name !== 'RUNNING' || changeId === undefined) return undefined;
  return { changeId, iccid, target: targetOf(newest) ?? null, startedAt: newest.startTime };
}

/** The newest run of a change, also after that of another change of the card; nothing once Temporal has forgotten it. */
async function lastRunOf(workflows: WorkflowClient, changeId: string): Promise<string | null> {
  const runs = workflows.list({ query: `${SEARCH_ATTRIBUTES.change} = "${changeId}"`, pageSize: 1 });
  for await (const { runId } of runs) return runId;
  return null;
}

async function describe(
  workflows: WorkflowClient,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await workflows.getHandle(workflowId).describe();
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return undefined;
    throw cause;
  }
}

/** The steps that a person should know of: one whose first attempt is under way does not wait for anything. */
export function waitingSteps(
  activities: readonly PendingActivity[],
  { taskQueue, now }: { readonly taskQueue: string; readonly now: Date },
): WaitingStep[] {
  return activities.flatMap((activity) => {
    const { activityType, activityOptions, attempt, lastFailure, scheduledTime, state } = activity;
    const notTakenSince = notTaken(activity, now);
    if (!lastFailure && notTakenSince === null) return [];
    const due = scheduledTime ? tsToDate(scheduledTime) : null;
    const type = lastFailure?.applicationFailureInfo?.type;
    return [
      {
        step: activityType?.name ?? 'a step',
        attempt: attempt ?? 1,
        code: isFailureCode(type) ? type : null,
        message: lastFailure ? sanitizeText(lastFailure.message ?? '') : null,
        nextAttemptAt: isScheduled(state) && due !== null && due > now ? due : null,
        notTakenSince,
        servedBy: servedBy(activityOptions?.taskQueue?.name ?? '', taskQueue),
      },
    ];
  });
}

/** Since when a task waits for a process, when it has waited longer than it takes to hand it over. */
function notTaken(
  { state, scheduledTime }: { readonly state?: unknown; readonly scheduledTime?: Timestamp | null },
  now: Date,
): Date | null {
  if (!isScheduled(state) || !scheduledTime) return null;
  const due = tsToDate(scheduledTime);
  return now.getTime() - due.getTime() > TAKEN_WITHIN_MS ? due : null;
}

function servedBy(queue: string, taskQueue: string): ServedBy | null {
  if (queue === taskQueue) return { role: 'orchestrator', id: null };
  const roles = [
    ['operator', operatorTaskQueue(taskQueue, '')],
    ['ota', smscTaskQueue(taskQueue, '')],
  ] as const;
  const found = roles.find(([, prefix]) => queue.startsWith(prefix));
  return found === undefined ? null : { role: found[0], id: queue.slice(found[1].length) };
}

/** An activity with the text of its last failure, which Temporal keeps sealed; one that does not open says why instead. */
async function opened(
  workflows: WorkflowClient,
  workflowId: string,
  activity: PendingActivity,
): Promise<PendingActivity> {
  const { lastFailure } = activity;
  if (!lastFailure) return activity;
  return { ...activity, lastFailure: { ...lastFailure, message: await messageOf(workflows, workflowId, lastFailure) } };
}

async function messageOf(
  { options: { loadedDataConverter, namespace } }: WorkflowClient,
  workflowId: string,
  failure: NonNullable<PendingActivity['lastFailure']>,
): Promise<string> {
  const context = { type: 'activity', namespace, workflowId, isLocal: false } as const;
  try {
    return (await decodeOptionalFailureToOptionalError(loadedDataConverter, failure, context))?.message ?? '';
  } catch (cause) {
    if (cause instanceof PayloadError) return cause.message;
    throw cause;
  }
}
