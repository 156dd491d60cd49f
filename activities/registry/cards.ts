import { sql } from 'kysely';
import type { CardView } from '../../workflows/views.ts';
import type { Database } from '../database/database.ts';

const COLUMNS = sql`iccid, operator, imsi, msisdn, profile, cntr, moved_by as "movedBy", updated_at as "updatedAt"`;

export async function findCard(database: Database, iccid: string): Promise<CardView | undefined> {
  return (await sql<CardView>`select ${COLUMNS} from cards where iccid = ${iccid}`.execute(database)).rows[0];
}

/** The first card, in the order of the import, that is at this operator and has no change yet. */
export async function nextCardToMove(database: Database, operator: string): Promise<CardView | undefined> {
  const { rows } = await sql<CardView>`
    select ${COLUMNS} from cards
    where operator = ${operator} and not exists (select from changes where changes.iccid = cards.iccid)
    order by position limit 1`.execute(database);
  return rows[0];
}
