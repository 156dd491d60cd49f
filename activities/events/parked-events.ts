import { sql } from 'kysely';
import type { ParkedEvent } from '../../workflows/views.ts';
import type { Database } from '../database/database.ts';

/** Events that belong to a card of ours and for which no change waited, newest first. */
export async function listParkedEvents(database: Database, limit: number): Promise<ParkedEvent[]> {
  const { rows } = await sql<ParkedEvent>`
    select topic, event_id as "eventId", event->>'type' as type, event->'data' as data, reason, parked_at as "parkedAt"
    from parked_events order by id desc limit ${limit}`.execute(database);
  return rows;
}
