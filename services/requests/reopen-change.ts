import { sql } from 'kysely';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import type { ChangeView } from '../../application/views.ts';
import { findChange } from '../timeline/read-model.ts';
import type { Database } from '../../adapters/database/database.ts';
import { newestWorkflow, startChange, type RequestDependencies } from './start-change.ts';
import { supportChange } from './support-change.ts';

/** A device that is refused asks again and again, and anybody can ask under any IMSI. */
const ONCE_IN_MILLISECONDS = 600_000;
/** What is in the way may end at any moment, and the card has no service until then. */
const REST_MILLISECONDS = 10_000;

/** The card's own proof, which nobody else can make and which counts once; or an event that anybody can make up, as often as he likes. */
export type ReopenEvidence = 'proof' | 'hint';

export type ReopenAnswer =
  | { readonly kind: 'reopened' }
  /** It was asked for less than ten minutes ago. */
  | { readonly kind: 'tooSoon' }
  /** It has not ended, or asks already. */
  | { readonly kind: 'running' }
  /** The card is being read over the air: it can be reopened when that is over. */
  | { readonly kind: 'beingRead' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** A later change of the card is open, which has not moved it: the card may hold what was withdrawn, and has no service until that ends. */
  | { readonly kind: 'inTheWay'; readonly reason: string };

/**
 * Gives an ended change a workflow again that finds out whether a card holds what the change withdrew; that workflow decides. For
 * hints once in ten minutes: this process remembers it, and for all others the memo of the card's newest workflow does.
 */
export function changeReopener(
  dependencies: RequestDependencies,
  now: () => number = Date.now,
): (changeId: string, evidence: ReopenEvidence) => Promise<ReopenAnswer> {
  const attempts = new Map<string, number>();
  return async (changeId, evidence) => {
    for (const [other, at] of attempts) if (now() - at >= ONCE_IN_MILLISECONDS) attempts.delete(other);
    if (evidence === 'hint' && attempts.has(changeId)) return { kind: 'tooSoon' };
    const answer = await reopenChange(dependencies, { changeId, evidence, now: now() });
    // What the card has proven is not forgotten: its next try reopens the change as soon as nothing is in the way.
    const waits =
      answer.kind === 'running' || answer.kind === 'beingRead' || (answer.kind === 'inTheWay' && evidence === 'proof');
    if (waits) attempts.delete(changeId);
    else attempts.set(changeId, answer.kind === 'inTheWay' ? now() - ONCE_IN_MILLISECONDS + REST_MILLISECONDS : now());
    return answer;
  };
}

interface Reopening {
  readonly changeId: string;
  readonly evidence: ReopenEvidence;
  readonly now: number;
}

async function reopenChange(
  dependencies: RequestDependencies,
  { changeId, evidence, now }: Reopening,
): Promise<ReopenAnswer> {
  const { database, workflows, index, policy } = dependencies;
  const change = await findChange(database, changeId);
  if (change === undefined) return { kind: 'refused', reason: `change ${changeId} is not known` };
  if (!change.ended) return { kind: 'running' };
  const later = await laterChange(database, change);
  if (later?.moved === true)
    return { kind: 'refused', reason: `change ${later.changeId} of the card came after it, so it is not reopened` };
  if (later !== undefined) return outrank(dependencies, { earlier: change, later, evidence });
  const newest = await newestWorkflow(workflows, changeWorkflowId(index.hash(change.iccid)));
  if (newest?.changeId === changeId) {
    if (newest.running) return { kind: 'running' };
    const { reopenedAt } = newest;
    if (evidence === 'hint' && reopenedAt !== undefined && now - reopenedAt.getTime() < ONCE_IN_MILLISECONDS)
      return { kind: 'tooSoon' };
  }
  const { iccid, target, requestId, requestedBy, reason, sequence, source } = change;
  const running = await startChange(dependencies, source, {
    ...{ changeId, iccid: parseIccid(iccid), target, requestId, requestedBy, policy },
    ...(reason !== null && { reason }),
    ...{ resumedAfter: sequence, reopened: true },
  });
  if (running.changeId === changeId) return { kind: 'reopened' };
  if (running.beingRead) return { kind: 'beingRead' };
  return { kind: 'refused', reason: `change ${running.changeId ?? 'of another request'} of the card is running` };
}

interface LaterChange {
  readonly changeId: string;
  /** The card was seen at its target, which is the truth of a later day. */
  readonly moved: boolean;
  /** Its packet may have left. */
  readonly passedPivot: boolean;
}

/** The newest change that was asked for after the one that ended, and was not undone. */
async function laterChange(
  database: Database,
  { changeId, iccid, requestedAt }: ChangeView,
): Promise<LaterChange | undefined> {
  const { rows } = await sql<LaterChange>`
    select later.change_id as "changeId", later.ended or coalesce(card.moved_by = later.change_id, false) as moved,
      exists (select from packets where change_id = later.change_id and purpose = 'write' and state = 'sent') as "passedPivot"
    from changes later left join cards card on card.iccid = later.iccid
    where later.iccid = ${iccid} and later.change_id <> ${changeId}::uuid and later.requested_at > ${requestedAt}
      and later.state not in ('rejected', 'rolledBack', 'cancelled')
    order by later.requested_at desc limit 1`.execute(database);
  return rows[0];
}

interface Outranked {
  readonly earlier: ChangeView;
  readonly later: LaterChange;
  readonly evidence: ReopenEvidence;
}

/**
 * A card has one workflow, so the earlier change is reopened once the later one has ended. Of a card that has proven what it holds, one
 * whose packet has not left is cancelled; what has left, or what only an event says, is for a person to decide.
 */
async function outrank(
  { workflows, index }: RequestDependencies,
  { earlier, later, evidence }: Outranked,
): Promise<ReopenAnswer> {
  const { changeId, iccid } = earlier;
  const inTheWay = `change ${later.changeId} of the card is open, so it is not reopened before that has ended`;
  if (evidence === 'hint' || later.passedPivot) return { kind: 'inTheWay', reason: inTheWay };
  const reason = `the card has proven that it took the subscription of change ${changeId}`;
  const answer = await supportChange(
    { workflows, index },
    { changeId: later.changeId, iccid },
    { action: 'cancel', actor: 'system:event-router', reason },
  );
  return { kind: 'inTheWay', reason: answer.kind === 'done' ? `${inTheWay}; it is being cancelled` : inTheWay };
}
