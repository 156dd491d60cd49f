import { sql } from 'kysely';
import { standingOf } from '../../workflows/support/approvals.ts';
import type { CardBlock, CardView } from '../../application/views.ts';
import type { Database } from '../../adapters/database/database.ts';
import { refusedCodeOf, type RefusedCodeFact } from '../admission/admin-code-facts.ts';

const COLUMNS = sql`
  card.iccid, operator, imsi, msisdn, profile, cntr, moved_by as "movedBy", came_at as "cameAt", targets, updated_at as "updatedAt"`;

type Row = Omit<CardView, 'block' | 'refusedCode'> & {
  readonly now: Date;
  readonly refusedCode: RefusedCodeFact | null;
} & { readonly [Name in keyof CardBlock as `block_${Name}`]: CardBlock[Name] | null };

export async function findCard(database: Database, iccid: string): Promise<CardView | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS}, clock_timestamp() as now, ${refusedCodeOf(iccid)} as "refusedCode", block.blocked_by as block_by, block.blocked_at as block_at, block.reason as block_reason
    from cards card left join card_blocks block on block.iccid = card.iccid and block.unblocked_at is null
    where card.iccid = ${iccid}`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { block_by: by, block_at: at, block_reason: reason, now, refusedCode, ...card } = row;
  return {
    ...card,
    block: by === null || at === null || reason === null ? null : { by, at, reason },
    refusedCode: refusedCode && {
      ...refusedCode,
      standing: standingOf(refusedCode.approvals, now),
    },
  };
}

/** The first card, in the order of the import, that is at this operator and has no change yet. */
export async function nextCardToMove(database: Database, operator: string): Promise<CardView | undefined> {
  const { rows } = await sql<{ iccid: string }>`
    select iccid from cards
    where operator = ${operator} and not exists (select from changes where changes.iccid = cards.iccid)
    order by position limit 1`.execute(database);
  const [next] = rows;
  return next && findCard(database, next.iccid);
}
