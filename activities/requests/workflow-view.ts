import { WorkflowNotFoundError, type WorkflowClient, type WorkflowExecutionDescription } from '@temporalio/client';
import { tsToDate } from '@temporalio/common/lib/time';
import { changeWorkflowId } from '../../workflows/contract.ts';
import { isFailureCode } from '../../workflows/failure-codes.ts';
import { plainText } from '../../workflows/plain-text.ts';
import type { ChangeView, WaitingStep, WorkflowView } from '../../workflows/views.ts';
import type { CardIndex } from '../vault/card-index.ts';
import { changeOf } from './start-change.ts';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Asks Temporal what the workflow of a change is doing; one of another change of the card does not count. */
export async function viewWorkflow(
  { workflows, index }: { readonly workflows: WorkflowClient; readonly index: CardIndex },
  { changeId, iccid }: Pick<ChangeView, 'changeId' | 'iccid'>,
): Promise<WorkflowView> {
  try {
    const description = await workflows.getHandle(changeWorkflowId(index.hash(iccid))).describe();
    const running = description.status.name === 'RUNNING' && changeOf(description) === changeId;
    return { running, waiting: running ? (description.raw.pendingActivities ?? []).flatMap(waitingStep) : [] };
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return { running: false, waiting: [] };
    throw cause;
  }
}

/** A step whose first attempt is still under way does not wait for anything yet. */
function waitingStep({ activityType, attempt, lastFailure, scheduledTime }: PendingActivity): WaitingStep[] {
  if (!lastFailure) return [];
  const type = lastFailure.applicationFailureInfo?.type;
  return [
    {
      step: activityType?.name ?? 'a step',
      attempt: attempt ?? 1,
      code: isFailureCode(type) ? type : null,
      message: plainText(lastFailure.message ?? ''),
      nextAttemptAt: scheduledTime ? tsToDate(scheduledTime) : null,
    },
  ];
}
