import { sql } from 'kysely';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { changeWorkflowId } from '../../workflows/contract.ts';
import { failure } from '../../workflows/failures.ts';
import type { ChangeView } from '../../workflows/views.ts';
import { findChange } from '../timeline/read-model.ts';
import type { Database } from '../database/database.ts';
import { newestWorkflow, startChange, type RequestDependencies } from './start-change.ts';

/** A device that is refused asks again and again, and anybody can ask under any IMSI. */
const ONCE_IN_MILLISECONDS = 600_000;

/** The card's own proof, which nobody else can make and which counts once; or an event that anybody can make up, as often as he likes. */
export type ReopenEvidence = 'proof' | 'hint';

export type ReopenAnswer =
  | { readonly kind: 'reopened' }
  /** It was asked for less than ten minutes ago. */
  | { readonly kind: 'tooSoon' }
  /** It has not ended, or asks already. */
  | { readonly kind: 'running' }
  | { readonly kind: 'refused'; readonly reason: string };

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
    if (answer.kind !== 'running') attempts.set(changeId, now());
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
  if (later !== undefined)
    return { kind: 'refused', reason: `change ${later} of the card came after it, so it is not reopened` };
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
  // The event that asks for it is tried again until the card has been read.
  if (running.beingRead) throw failure('CARD_BEING_READ', `ICCID ${iccid} is being read over the air`);
  return { kind: 'refused', reason: `change ${running.changeId ?? 'of another request'} of the card is running` };
}

/** One that moved the card, or may have: the card's own proof of where it is came after the change that ended. */
async function laterChange(
  database: Database,
  { changeId, iccid, requestedAt }: ChangeView,
): Promise<string | undefined> {
  const { rows } = await sql<{ later: string }>`
    select change_id as later from changes
    where iccid = ${iccid} and change_id <> ${changeId}::uuid and requested_at > ${requestedAt}
      and state not in ('rejected', 'rolledBack', 'cancelled')
    order by requested_at desc limit 1`.execute(database);
  return rows[0]?.later;
}
