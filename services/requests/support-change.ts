import { randomUUID } from 'node:crypto';
import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  isGrpcServiceError,
  type WorkflowClient,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import { situationQuery, supportUpdate, type Situation, type SupportRequest } from '../../workflows/support/actions.ts';
import type { SupportOutcome } from '../../application/requests.ts';
import type { ChangeView } from '../../application/views.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';
import { changeOf } from './start-change.ts';

/** A workflow answers at once, unless no orchestrator runs. */
const ANSWER_MILLISECONDS = 5_000;
/** An action may wait for the attempt that is under way. */
const ACTION_MILLISECONDS = 120_000;
/** Of gRPC's status codes: no worker answers in time. */
const NO_ANSWER: ReadonlySet<number> = new Set([1, 4, 9, 14]);

interface Dependencies {
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
}

type Change = Pick<ChangeView, 'changeId' | 'iccid'>;

/**
 * Does what a support person asks for. The same request id again is the same request, whose answer is given again. Nothing is done
 * when the change's workflow refuses, or none runs.
 */
export async function supportChange(
  { workflows, index }: Dependencies,
  { changeId, iccid }: Change,
  { requestId = randomUUID(), ...request }: SupportRequest & { readonly requestId?: string },
): Promise<SupportOutcome> {
  const handle = workflows.getHandle(changeWorkflowId(index.hash(iccid)));
  try {
    const description = await handle.describe();
    if (changeOf(description) !== changeId) return { kind: 'noWorkflow' };
    const run = workflows.getHandle(handle.workflowId, description.runId);
    return await workflows.withDeadline(Date.now() + ACTION_MILLISECONDS, () =>
      run.executeUpdate(supportUpdate, { args: [request], updateId: requestId }),
    );
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return { kind: 'noWorkflow' };
    if (cause instanceof WorkflowUpdateFailedError && cause.cause instanceof ApplicationFailure)
      return { kind: 'refused', reason: sanitizeText(cause.cause.message) };
    throw cause;
  }
}

/** What the workflow of a change knows beside its timeline; nothing when none answers in time. */
export async function situationOf(
  { workflows, index }: Dependencies,
  { iccid }: Change,
): Promise<Situation | undefined> {
  try {
    return await workflows.withDeadline(Date.now() + ANSWER_MILLISECONDS, () =>
      workflows.getHandle(changeWorkflowId(index.hash(iccid))).query(situationQuery),
    );
  } catch (cause) {
    // The newest workflow may be one that read the card: the change's own was lost.
    if (cause instanceof WorkflowNotFoundError || cause instanceof QueryNotRegisteredError || isUnanswered(cause))
      return undefined;
    throw cause;
  }
}

function isUnanswered(cause: unknown): boolean {
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false;
  const code: number = cause.cause.code;
  return NO_ANSWER.has(code);
}
