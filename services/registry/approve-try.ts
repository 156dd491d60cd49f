import { sql } from 'kysely';
import { standingOf } from '../../workflows/support/approvals.ts';
import { isSomebody, personOf } from '../../workflows/shared/person.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { ApprovalAnswer } from '../../application/requests.ts';
import type { Database } from '../../adapters/database/database.ts';
import { refusedCodeOf, type RefusedCodeFact } from '../admission/admin-code-facts.ts';

/** Who approves that the admin code of a card is tried once more, and why. */
export interface ApprovalWish {
  readonly iccid: string;
  readonly by: string;
  readonly reason: string;
}

interface Facts {
  readonly now: Date;
  readonly openChange: string | null;
  readonly refusedCode: RefusedCodeFact | null;
}

/**
 * Records that a person approves one more try of the admin code that the registry has now. The card takes part in changes again once
 * two have. What is recorded already, or is none of a refusal's, is not recorded.
 */
export async function approveTry(database: Database, { iccid, by, reason }: ApprovalWish): Promise<ApprovalAnswer> {
  if (!isSomebody(by)) return { kind: 'nobody' };
  return database.transaction().execute(async (transaction) => {
    // The row is the queue: of two who approve at once the second sees the first, and an import comes before or after.
    const { rows: cards } = await sql`
      select from cards where iccid = ${iccid} for no key update`.execute(transaction);
    if (cards.length === 0) return { kind: 'unknown' };
    const { now, openChange, refusedCode } = await factsOf(transaction, iccid);
    if (openChange !== null) return { kind: 'changeOpen', changeId: openChange };
    if (refusedCode === null) return { kind: 'notRefused' };
    const { changeId, approvals } = refusedCode;
    const before = standingOf(approvals, now);
    if (before.kind === 'approved' || (before.kind === 'first' && personOf(before.first.by) === personOf(by)))
      return { ...before, refusedIn: changeId, recorded: false };
    const why = sanitizeText(reason);
    const { rows } = await sql<{ at: Date }>`
      insert into admin_code_approvals (iccid, refused_in, approved_by, reason)
      values (${iccid}, ${changeId}::uuid, ${by}, ${why}) returning approved_at as at`.execute(transaction);
    const [made] = rows;
    if (made === undefined) throw new Error(`the approval of ICCID ${iccid} was not stored`);
    const standing = standingOf([...approvals, { by, at: made.at.toISOString(), reason: why }], made.at);
    if (standing.kind === 'none') throw new Error(`the approval of ICCID ${iccid} was over when it was made`);
    return { ...standing, refusedIn: changeId, recorded: true };
  });
}

async function factsOf(database: Database, iccid: string): Promise<Facts> {
  const { rows } = await sql<Facts>`
    select clock_timestamp() as now, ${refusedCodeOf(iccid)} as "refusedCode",
      (select change_id from changes where changes.iccid = card.iccid and not ended limit 1) as "openChange"
    from cards card where iccid = ${iccid}`.execute(database);
  const [facts] = rows;
  if (facts === undefined) throw new Error(`ICCID ${iccid} left the registry while its row was held`);
  return facts;
}
