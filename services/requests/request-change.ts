import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import { isRequestedByDevice, type ChangeRequest, type RequestAnswer } from '../../application/requests.ts';
import type { Database } from '../../adapters/database/database.ts';
import { startChange, type RequestDependencies, type Running } from './start-change.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ICCID = /^\d{19,20}$/;

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
  if (bound.refused !== null) return { kind: 'refused', code: 'CHANGE_IN_PROGRESS', reason: bound.refused };
  const { changeId, repeated } = bound;
  const workflowId = changeWorkflowId(index.hash(iccid));
  if (repeated && (await isRecorded(database, changeId))) return { kind: 'started', changeId, workflowId, repeated };

  const running = await startChange(dependencies, bound.source, {
    ...{ changeId, iccid, target, requestId, requestedBy: request.requestedBy, policy: dependencies.policy },
    ...(request.reason !== undefined && { reason: request.reason }),
  });
  if (running.changeId === changeId) {
    const { runId } = running;
    return { kind: 'started', changeId, workflowId, ...(runId !== undefined && { runId }), repeated };
  }
  const reason = whyRefused(iccid, running);
  await forget(database, { ...request, requestId }, { changeId, reason });
  return {
    kind: 'refused',
    code: running.beingRead ? 'CARD_BEING_READ' : 'CHANGE_IN_PROGRESS',
    reason,
    ...(running.changeId !== undefined && { runningChangeId: running.changeId }),
  };
}

/** The card that a change id was given for, recorded or not; an ICCID is its own. */
export async function cardOfRequest(database: Database, changeOrIccid: string): Promise<string | undefined> {
  if (!UUID.test(changeOrIccid)) return ICCID.test(changeOrIccid) ? changeOrIccid : undefined;
  const { rows } = await sql<{ iccid: string }>`
    select iccid from change_requests where change_id = ${changeOrIccid}::uuid`.execute(database);
  return rows[0]?.iccid;
}

/**
 * Takes a request id back that started nothing, so that it may be used again; the same request, asked at the same moment elsewhere, may
 * have started its change after all. What a card has signed is refused for good: whoever kept the message could send it again later,
 * when the card's user no longer wants it.
 */
async function forget(
  database: Database,
  { requestId, requestedBy }: ChangeRequest & { readonly requestId: string },
  { changeId, reason }: { readonly changeId: string; readonly reason: string },
): Promise<void> {
  const started = sql`exists (select from changes where change_id = ${changeId}::uuid)`;
  const undo = isRequestedByDevice(requestedBy)
    ? sql`update change_requests set refused = ${reason} where request_id = ${requestId} and not ${started}`
    : sql`delete from change_requests where request_id = ${requestId} and not ${started}`;
  await undo.execute(database);
}

function whyRefused(iccid: string, { changeId, ended, beingRead }: Running): string {
  if (beingRead) return `ICCID ${iccid} is being read over the air; nothing was started: ask again`;
  const other = changeId === undefined ? 'another change' : `change ${changeId}`;
  return ended
    ? `${other} of ICCID ${iccid} has ended, but its workflow has not closed yet; nothing was started: ask again`
    : `ICCID ${iccid} is being changed already, by ${other}; nothing was started`;
}

/** What a request id stands for, and where the card is now. */
interface Bound {
  readonly changeId: string;
  readonly iccid: string;
  readonly target: string;
  readonly source: string | null;
  /** Why the request was refused for good. */
  readonly refused: string | null;
}

async function bindRequest(
  database: Database,
  { requestId, iccid, target }: ChangeRequest & { readonly requestId: string },
): Promise<Bound & { readonly repeated: boolean }> {
  const fresh = uuidv7();
  const { rows } = await sql<Bound>`
    with bound as (
      insert into change_requests (request_id, change_id, iccid, target)
      values (${requestId}, ${fresh}::uuid, ${iccid}, ${target}) on conflict (request_id) do nothing
      returning change_id, iccid, target, refused
    )
    select change_id as "changeId", iccid, target, refused, (select operator from cards where cards.iccid = request.iccid) as source
    from (
      select * from bound union all select change_id, iccid, target, refused from change_requests where request_id = ${requestId}
    ) as request limit 1`.execute(database);
  const [row] = rows;
  if (row === undefined) return bindAgain(database, requestId);
  return { ...row, repeated: row.changeId !== fresh };
}

/** Another request with the same id was bound between the two halves of the statement: now it can be seen. */
async function bindAgain(database: Database, requestId: string): Promise<Bound & { readonly repeated: boolean }> {
  const { rows } = await sql<Bound>`
    select change_id as "changeId", request.iccid, target, refused, card.operator as source
    from change_requests request left join cards card using (iccid) where request_id = ${requestId}`.execute(database);
  const [row] = rows;
  if (row === undefined)
    throw new Error(`request ${requestId} was refused by another process at the same moment; ask again`);
  return { ...row, repeated: true };
}

async function isRecorded(database: Database, changeId: string): Promise<boolean> {
  const { rows } = await sql`select from changes where change_id = ${changeId}::uuid`.execute(database);
  return rows.length > 0;
}
