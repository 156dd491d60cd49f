import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import {
  SEARCH_ATTRIBUTES,
  SUBSCRIPTION_CHANGE,
  changeWorkflowId,
  type ChangePolicy,
  type SubscriptionChange,
} from '../../workflows/contract.ts';
import type { ChangeRequest, RequestAnswer } from '../../workflows/requests.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';

const KEYS = {
  change: defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD'),
  card: defineSearchAttributeKey(SEARCH_ATTRIBUTES.card, 'KEYWORD'),
  target: defineSearchAttributeKey(SEARCH_ATTRIBUTES.target, 'KEYWORD'),
  state: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD'),
} as const;

export interface RequestDependencies {
  readonly database: Database;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  readonly taskQueue: string;
  readonly policy: ChangePolicy;
}

/**
 * Starts one subscription change. The request id is bound to its change id before anything starts, so that a request repeated after
 * a crash, at any place, finds or starts the same change; Temporal itself refuses a second running change of one card.
 */
export async function requestChange(dependencies: RequestDependencies, request: ChangeRequest): Promise<RequestAnswer> {
  const { database, index } = dependencies;
  const { iccid, target } = request;
  const requestId = request.requestId ?? uuidv7();
  const bound = await bindRequest(database, { ...request, requestId });
  if (bound.iccid !== iccid || bound.target !== target) {
    return {
      kind: 'refused',
      code: 'REQUEST_ID_REUSED',
      reason: `request ${requestId} asked for ICCID ${bound.iccid} to ${bound.target} before`,
    };
  }
  const { changeId, repeated } = bound;
  const workflowId = changeWorkflowId(index.hash(iccid));
  if (repeated && (await isRecorded(database, changeId))) return { kind: 'started', changeId, workflowId, repeated };

  const running = await start(dependencies, workflowId, {
    ...{ changeId, iccid, target, requestId, requestedBy: request.requestedBy, policy: dependencies.policy },
    ...(request.reason !== undefined && { reason: request.reason }),
  });
  if (running === changeId) return { kind: 'started', changeId, workflowId, repeated };
  await sql`delete from change_requests where request_id = ${requestId}`.execute(database);
  return {
    kind: 'refused',
    code: 'CHANGE_IN_PROGRESS',
    reason: `ICCID ${iccid} is being changed already, by change ${running ?? 'that ended just now'}; nothing was started`,
    ...(running !== undefined && { runningChangeId: running }),
  };
}

async function bindRequest(
  database: Database,
  { requestId, iccid, target }: ChangeRequest & { readonly requestId: string },
) {
  const fresh = uuidv7();
  const { rows } = await sql<{ changeId: string; iccid: string; target: string }>`
    with bound as (
      insert into change_requests (request_id, change_id, iccid, target)
      values (${requestId}, ${fresh}::uuid, ${iccid}, ${target}) on conflict (request_id) do nothing
      returning change_id, iccid, target
    )
    select change_id as "changeId", iccid, target from bound
    union all select change_id, iccid, target from change_requests where request_id = ${requestId}
    limit 1`.execute(database);
  const [row] = rows;
  if (row === undefined) return bindAgain(database, requestId);
  return { ...row, repeated: row.changeId !== fresh };
}

/** Another request with the same id was bound between the two halves of the statement: now it can be seen. */
async function bindAgain(database: Database, requestId: string) {
  const { rows } = await sql<{ changeId: string; iccid: string; target: string }>`
    select change_id as "changeId", iccid, target from change_requests where request_id = ${requestId}`.execute(
    database,
  );
  const [row] = rows;
  if (row === undefined)
    throw new Error(`request ${requestId} was refused by another process at the same moment; ask again`);
  return { ...row, repeated: true };
}

async function isRecorded(database: Database, changeId: string): Promise<boolean> {
  const { rows } = await sql`select from changes where change_id = ${changeId}::uuid`.execute(database);
  return rows.length > 0;
}

/** Resolves to the id of the change that runs for the card: the new one, or the one that was there. */
async function start(
  { workflows, taskQueue, index }: RequestDependencies,
  workflowId: string,
  change: SubscriptionChange,
): Promise<string | undefined> {
  const { changeId, iccid, target } = change;
  try {
    await workflows.start(SUBSCRIPTION_CHANGE, {
      workflowId,
      taskQueue,
      args: [change],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowTaskTimeout: '5 seconds',
      memo: { changeId },
      staticSummary: `ICCID …${iccid.slice(-6)} to ${target}`,
      staticDetails: `ICCID ${iccid} to ${target}, change ${changeId}, asked for by ${change.requestedBy}.`,
      typedSearchAttributes: [
        { key: KEYS.change, value: changeId },
        { key: KEYS.card, value: index.hash(iccid) },
        { key: KEYS.target, value: target },
        { key: KEYS.state, value: 'open' },
      ],
    });
    return changeId;
  } catch (cause) {
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
    return runningChange(workflows, workflowId);
  }
}

async function runningChange(workflows: WorkflowClient, workflowId: string): Promise<string | undefined> {
  try {
    const { memo } = await workflows.getHandle(workflowId).describe();
    const changeId = memo?.['changeId'];
    return typeof changeId === 'string' ? changeId : undefined;
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return undefined;
    throw cause;
  }
}
