import { sql } from 'kysely';
import type { ParkedEvent } from '../../application/views.ts';
import type { Database } from '../../adapters/database/database.ts';

/** Events that belong to a card of ours and for which no change waited; of each kind the newest, and these newest first. */
export async function listParkedEvents(database: Database, limit: number): Promise<ParkedEvent[]> {
  const { rows } = await sql<ParkedEvent>`
    select topic, event_id as "eventId", event->>'source' as source, type, event->'data' as data, reason, times,
      parked_at as "parkedAt", last_seen_at as "lastSeenAt"
    from parked_events order by last_seen_at desc, id desc limit ${limit}`.execute(database);
  return rows;
}
