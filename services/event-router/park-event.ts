import { sql } from 'kysely';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { Database } from '../../adapters/database/database.ts';

/** An event that `readEvent` has read. */
interface Parkable {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly imsi?: string; readonly iccid?: string };
}

/**
 * Keeps an event that nobody waited for where `rehome parked` shows it: the newest of each kind, that is of one type about one
 * subscriber or card for one reason, with the number of all. The same event a second time counts once.
 */
export async function parkEvent(
  database: Database,
  event: Parkable,
  { topic, reason }: { readonly topic: string; readonly reason: string },
): Promise<void> {
  const { id, type } = event;
  await sql`
    insert into parked_events as known (topic, type, subject, event_id, event, reason)
    values (${topic}, ${type}, ${subjectOf(event)}, ${id}, ${JSON.stringify(event)}::jsonb, ${sanitizeText(reason)})
    on conflict (topic, type, subject, md5(reason)) do update
      set event_id = excluded.event_id, event = excluded.event, times = known.times + 1, last_seen_at = now()
      where known.event_id <> excluded.event_id`.execute(database);
}

/** The IMSI or ICCID that the event is about: its own `subject` is whatever the sender wrote there. */
const subjectOf = ({ data: { imsi, iccid } }: Parkable): string => imsi ?? iccid ?? '';
