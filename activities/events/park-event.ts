import { sql } from 'kysely';
import { plainText } from '../../workflows/plain-text.ts';
import type { Database } from '../database/database.ts';

/** Keeps an event that nobody waited for where `rehome parked` shows it; the same event a second time is kept once. */
export async function parkEvent(
  database: Database,
  event: { readonly id: string },
  { topic, reason }: { readonly topic: string; readonly reason: string },
): Promise<void> {
  await sql`
    insert into parked_events (topic, event_id, event, reason)
    values (${topic}, ${event.id}, ${JSON.stringify(event)}::jsonb, ${plainText(reason)})
    on conflict do nothing`.execute(database);
}
