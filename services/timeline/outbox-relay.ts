import { setTimeout as delay } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { OutgoingMessage } from '../../adapters/kafka/messages.ts';
import type { Database } from '../../adapters/database/database.ts';
import { CLOUD_EVENT_CONTENT_TYPE, cloudEvent } from '../events/cloud-event.ts';
import { TOPICS } from '../events/topics.ts';

/** So many events of the largest kind stay below the limit of a request to one partition, 1 MB by default. */
const BATCH = 250;
const IDLE_MILLISECONDS = 200;
const STANDBY_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 5_000;
/** The advisory lock that makes one relay the active one; the number is `outbox` in ASCII. */
const RELAY_LOCK = 0x6f7574626f78;

interface Waiting {
  readonly id: number;
  readonly changeId: string;
  readonly sequence: number;
  readonly state: string;
  readonly cause: string;
  readonly actor: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
  readonly iccid: string;
  readonly source: string | null;
  readonly target: string;
}

export interface RelayOptions {
  readonly database: Database;
  readonly bus: EventBus;
  readonly signal: AbortSignal;
  readonly log: (level: 'error' | 'warn' | 'info', message: string) => void;
}

/**
 * Publishes the outbox to `subscription-change.events`, in order per card and at least once, until the signal aborts. Any number of
 * relays may run; the one that holds the advisory lock works, the others wait for it.
 */
export async function relayOutbox({ database, bus, signal, log }: RelayOptions): Promise<void> {
  const stopped = () => signal.aborted;
  let pause = IDLE_MILLISECONDS;
  while (!stopped()) {
    try {
      await database.connection().execute(async (connection) => {
        if (!(await becomeActive(connection))) return;
        try {
          while (!stopped()) {
            const published = await publishBatch(connection, bus);
            pause = IDLE_MILLISECONDS;
            if (published < BATCH) await rest(IDLE_MILLISECONDS, signal);
          }
        } finally {
          // The connection goes back to the pool, and would keep the lock there.
          await sql`select pg_advisory_unlock(${RELAY_LOCK})`.execute(connection);
        }
      });
      await rest(STANDBY_MILLISECONDS, signal);
    } catch (cause) {
      if (stopped()) return;
      log(
        'warn',
        `the outbox can't be published, trying again: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
      await rest(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
    }
  }
}

/** Takes the lock if nobody has it; the connection keeps it until it is given back, or ends. */
async function becomeActive(connection: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{ active: boolean }>`select pg_try_advisory_lock(${RELAY_LOCK}) as active`.execute(
    connection,
  );
  return rows[0]?.active === true;
}

async function publishBatch(connection: Kysely<unknown>, bus: EventBus): Promise<number> {
  const { rows } = await sql<Waiting>`
    select outbox.id, change_id as "changeId", entry.sequence, entry.state, entry.cause, entry.actor, entry.at, entry.data,
      change.iccid, change.source, change.target
    from outbox join timeline entry using (change_id, sequence) join changes change using (change_id)
    where published_at is null order by outbox.id limit ${BATCH}`.execute(connection);
  if (rows.length === 0) return 0;
  const places = await bus.publish(TOPICS.changeEvents, rows.map(messageOf));
  await sql`
    update outbox set published_at = now(), partition = place.partition, "offset" = place."offset"
    from jsonb_to_recordset(${JSON.stringify(rows.map(({ id }, index) => ({ id, ...places[index] })))}::jsonb)
      as place (id bigint, partition integer, "offset" bigint)
    where outbox.id = place.id`.execute(connection);
  return rows.length;
}

/** The event of one state: its id is change and sequence number, so that a reader can drop what it has seen. */
function messageOf({
  changeId,
  sequence,
  state,
  cause,
  actor,
  at,
  data,
  iccid,
  source,
  target,
}: Waiting): OutgoingMessage {
  const { ended, ...facts } = data;
  const event = cloudEvent({
    id: `${changeId}/${String(sequence)}`,
    source: '/rehome',
    type: changeEventType(state),
    subject: changeId,
    time: at.toISOString(),
    data: { ...facts, changeId, sequence, state, ended: ended === true, cause, actor, iccid, source, target },
  });
  return { key: iccid, value: JSON.stringify(event), headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE } };
}

/** `awaitingCard` is published as `org.rehome.subscription-change.awaiting-card.v1`. */
export const changeEventType = (state: string): string =>
  `org.rehome.subscription-change.${state.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.v1`;

const rest = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);
