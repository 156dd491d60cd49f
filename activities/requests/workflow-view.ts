import { WorkflowNotFoundError, type WorkflowClient, type WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { tsToDate } from '@temporalio/common/lib/time';
import { changeWorkflowId } from '../../workflows/contract.ts';
import { isFailureCode } from '../../workflows/failure-codes.ts';
import { plainText } from '../../workflows/plain-text.ts';
import type { ChangeView, WaitingStep, WorkflowView } from '../../workflows/views.ts';
import type { CardIndex } from '../vault/card-index.ts';
import { PayloadError } from '../vault/payload-codec.ts';
import { changeOf } from './start-change.ts';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Asks Temporal what the workflow of a change is doing; one of another change of the card does not count. */
export async function viewWorkflow(
  { workflows, index }: { readonly workflows: WorkflowClient; readonly index: CardIndex },
  { changeId, iccid }: Pick<ChangeView, 'changeId' | 'iccid'>,
): Promise<WorkflowView> {
  const workflowId = changeWorkflowId(index.hash(iccid));
  try {
    const description = await workflows.getHandle(workflowId).describe();
    const running = description.status.name === 'RUNNING' && changeOf(description) === changeId;
    const pending = running ? (description.raw.pendingActivities ?? []) : [];
    const waiting = await Promise.all(pending.map((activity) => waitingStep(workflows, workflowId, activity)));
    return { running, waiting: waiting.flat() };
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return { running: false, waiting: [] };
    throw cause;
  }
}

/** A step whose first attempt is still under way does not wait for anything yet. */
async function waitingStep(
  workflows: WorkflowClient,
  workflowId: string,
  { activityType, attempt, lastFailure, scheduledTime }: PendingActivity,
): Promise<WaitingStep[]> {
  if (!lastFailure) return [];
  const type = lastFailure.applicationFailureInfo?.type;
  return [
    {
      step: activityType?.name ?? 'a step',
      attempt: attempt ?? 1,
      code: isFailureCode(type) ? type : null,
      message: plainText(await messageOf(workflows, workflowId, lastFailure)),
      nextAttemptAt: scheduledTime ? tsToDate(scheduledTime) : null,
    },
  ];
}

/** The text of a failure, which Temporal keeps sealed; one that does not open says why instead. */
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
