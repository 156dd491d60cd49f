import { sql } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';

/** A location update that waits until its change may be woken again, or what can reopen a change once no workflow of its card is in the way. */
export interface WaitingEvent {
  readonly topic: string;
  readonly event: object;
}

/**
 * How long a change rests after a wake-up: 5 s after the first, then twice as long each time, at most an hour. Each wake-up makes the
 * change ask an HLR, and a workflow takes 10,000 signals and 51,200 events, so a flood must not come through, not even slowly.
 */
const REST = sql`least(5 * 2 ^ least(wake_ups, 16), 3600) * interval '1 second'`;

/**
 * Whether a location update may wake the change now. If not, it is kept, one for all that come until then, and `wakeTheWaiting`
 * delivers it; the row decides, so that this holds over all routers.
 */
export async function mayWake(database: Database, changeId: string, waiting: WaitingEvent): Promise<boolean> {
  const { rows } = await sql<{ mayWake: boolean }>`
    update reservations set
      wake_ups = case when next_wake_up <= now() then wake_ups + 1 else wake_ups end,
      waiting_event = case when next_wake_up <= now() then null else ${JSON.stringify(waiting)}::jsonb end,
      next_wake_up = case when next_wake_up <= now() then now() + ${REST} else next_wake_up end
    where change_id = ${changeId}::uuid and (next_wake_up <= now() or waiting_event is null)
    returning waiting_event is null as "mayWake"`.execute(database);
  return rows[0]?.mayWake === true;
}

/**
 * Keeps an event that can't reopen its ended change yet, for a try in 5 s. One is enough, since each of them asks for the same, and a
 * proof counts more than a hint. What the change was woken by counts no more: a reopened one has a workflow of its own.
 */
export async function tryLater(
  database: Database,
  changeId: string,
  { waiting, isProof }: { readonly waiting: WaitingEvent; readonly isProof: boolean },
): Promise<void> {
  await sql`
    update reservations set waiting_event = ${JSON.stringify(waiting)}::jsonb, wake_ups = 0,
      next_wake_up = case when waiting_event is null then now() + interval '5 seconds'
        else least(next_wake_up, now() + interval '5 seconds') end
    where change_id = ${changeId}::uuid and (waiting_event is null or ${isProof})`.execute(database);
}

/** Takes back that the change was woken: the server did not take the signal, and the event is tried again. */
export async function didNotWake(database: Database, changeId: string): Promise<void> {
  await sql`
    update reservations set wake_ups = greatest(wake_ups - 1, 0), next_wake_up = '-infinity'
    where change_id = ${changeId}::uuid`.execute(database);
}

/**
 * Delivers one event whose time has come; says whether there was one. When the delivery fails, or this process
 * ends during it, the event waits on.
 */
export async function wakeOneWaiting(
  database: Database,
  deliver: (transaction: Database, waiting: WaitingEvent) => Promise<void>,
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ changeId: string; waiting: WaitingEvent }>`
      select change_id as "changeId", waiting_event as waiting from reservations
      where waiting_event is not null and next_wake_up <= now()
      order by next_wake_up limit 1 for update skip locked`.execute(transaction);
    const [due] = rows;
    if (due === undefined) return false;
    await sql`
      update reservations set waiting_event = null, wake_ups = wake_ups + 1, next_wake_up = now() + ${REST}
      where change_id = ${due.changeId}::uuid`.execute(transaction);
    await deliver(transaction, due.waiting);
    return true;
  });
}
