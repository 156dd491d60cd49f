import { sql } from 'kysely';
import type { BlockAnswer, UnblockAnswer } from '../../application/requests.ts';
import type { CardBlock } from '../../application/views.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { Database } from '../../adapters/database/database.ts';

/** Whose wish it is, and why. */
export interface BlockWish {
  readonly iccid: string;
  readonly by: string;
  readonly reason: string;
}

/** Blocks a card against changes; a block that is there keeps its date, its reason and its name. A change that runs goes on. */
export async function blockCard(database: Database, { iccid, by, reason }: BlockWish): Promise<BlockAnswer> {
  const { rows: made } = await sql`
    insert into card_blocks (iccid, reason, blocked_by) select iccid, ${sanitizeText(reason)}, ${by} from cards where iccid = ${iccid}
    on conflict (iccid) where unblocked_at is null do nothing returning id`.execute(database);
  const { rows } = await sql<CardBlock & { openChange: string | null }>`
    select blocked_by as by, blocked_at as at, reason,
      (select change_id from changes where changes.iccid = block.iccid and not ended limit 1) as "openChange"
    from card_blocks block where iccid = ${iccid} order by id desc limit 1`.execute(database);
  const [row] = rows;
  if (row === undefined) return { kind: 'unknown' };
  const { openChange, ...block } = row;
  return { kind: 'blocked', block, before: made.length === 0, openChange };
}

/** Takes the block of a card away; who did so and why stays beside it. */
export async function unblockCard(
  database: Database,
  { iccid, by, reason }: Omit<BlockWish, 'reason'> & { readonly reason?: string },
): Promise<UnblockAnswer> {
  const because = reason === undefined ? null : sanitizeText(reason);
  const { rows } = await sql<CardBlock>`
    update card_blocks set unblocked_by = ${by}, unblock_reason = ${because}, unblocked_at = now()
    where iccid = ${iccid} and unblocked_at is null
    returning blocked_by as by, blocked_at as at, reason`.execute(database);
  const [was] = rows;
  if (was !== undefined) return { kind: 'unblocked', was };
  const { rows: cards } = await sql`select from cards where iccid = ${iccid}`.execute(database);
  return { kind: cards.length === 0 ? 'unknown' : 'notBlocked' };
}
