import { ServiceError, WorkflowNotFoundError, isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import { changeWorkflowId, locationUpdateSignal, proofOfReceiptSignal } from '../../workflows/contract.ts';
import { plainText } from '../../workflows/plain-text.ts';
import type { BusBatch, BusMessage, EventBus, Subscription } from '../adapters/kafka/event-bus.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';
import { EventError, readEvent, type InboundEvent } from './cloud-event.ts';
import { isStampOf } from './proof-stamp.ts';
import { TOPICS, deadLettersOf } from './topics.ts';

const GROUP = 'rehome-event-router';
const CARDS_AT_ONCE = 16;
const FIRST_RETRY_MILLISECONDS = 100;
const LONGEST_RETRY_MILLISECONDS = 2_000;
/** Of gRPC's status codes. */
const INVALID_ARGUMENT = 3;

export interface RouterDependencies {
  readonly database: Database;
  readonly bus: EventBus;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  readonly group?: string;
  readonly log: (level: 'error' | 'warn' | 'info', message: string) => void;
}

/** Where an event belongs: the change that waits for it, or why none does. */
type Route =
  | { readonly kind: 'change'; readonly changeId: string; readonly iccid: string }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'nobodys' };

/**
 * Turns events of HLRs and devices into signals. Events of one card go one after the other, each only after the server has
 * acknowledged the one before; the offset is committed after that. What can't be read goes to the dead letters byte for byte.
 */
export async function routeEvents(dependencies: RouterDependencies): Promise<Subscription> {
  const { bus, group = GROUP } = dependencies;
  return bus.subscribe(group, [TOPICS.hlrEvents, TOPICS.deviceEvents], (batch) => handleBatch(dependencies, batch));
}

async function handleBatch(dependencies: RouterDependencies, batch: BusBatch): Promise<void> {
  const lanes = new Map<string, BusMessage[]>();
  for (const message of batch.messages) {
    const key = message.key?.toString('latin1') ?? '';
    lanes.set(key, [...(lanes.get(key) ?? []), message]);
  }
  const waiting = [...lanes.values()];
  const worker = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
      for (const message of lane) {
        if (!batch.isCurrent()) return;
        await batch.heartbeat();
        await untilDone(dependencies, batch, message);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CARDS_AT_ONCE, waiting.length) }, worker));
}

/** Tries one message until it is signalled, parked or dead-lettered: what comes after it has to wait. */
async function untilDone(dependencies: RouterDependencies, batch: BusBatch, message: BusMessage): Promise<void> {
  let pause = FIRST_RETRY_MILLISECONDS;
  for (;;) {
    try {
      await handleMessage(dependencies, message);
      return;
    } catch (cause) {
      if (!batch.isCurrent()) throw cause;
      const place = `${message.topic}/${String(message.partition)}/${message.offset}`;
      dependencies.log(
        'warn',
        `the event at ${place} could not be routed, trying again: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
      await delay(pause);
      await batch.heartbeat();
      pause = Math.min(pause * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }
}

async function handleMessage(dependencies: RouterDependencies, message: BusMessage): Promise<void> {
  let inbound: InboundEvent;
  try {
    inbound = readEvent(message.value);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    await deadLetter(dependencies, message, cause.message);
    return;
  }
  if (inbound.kind === 'other') return;
  if (inbound.kind === 'proofOfReceipt') {
    const { data } = inbound.event;
    // It decides nothing, and anybody can send any number of them.
    if (!data.authenticated) return;
    if (!isStampOf(dependencies.index, data, data.stamp ?? '')) {
      await deadLetter(dependencies, message, 'it says that it is authenticated, and has no stamp of ours');
      return;
    }
  }
  const route = await routeOf(dependencies.database, inbound);
  if (route.kind === 'nobodys') return;
  const reason = route.kind === 'parked' ? route.reason : await signal(dependencies, route, inbound);
  if (reason !== undefined) await park(dependencies.database, inbound, { topic: message.topic, reason });
}

async function routeOf(database: Database, inbound: Exclude<InboundEvent, { kind: 'other' }>): Promise<Route> {
  if (inbound.kind === 'proofOfReceipt') {
    const { changeId, iccid } = inbound.event.data;
    const { rows } = await sql<{
      ended: boolean;
    }>`select ended from changes where change_id = ${changeId}::uuid and iccid = ${iccid}`.execute(database);
    const [change] = rows;
    if (change === undefined) return { kind: 'parked', reason: `change ${changeId} is not known for ICCID ${iccid}` };
    return change.ended ? { kind: 'nobodys' } : { kind: 'change', changeId, iccid };
  }
  const { imsi } = inbound.event.data;
  const { rows } = await sql<{ changeId: string; iccid: string; state: string; ended: boolean }>`
    select reservation.change_id as "changeId", reservation.iccid, reservation.state, coalesce(change.ended, true) as ended
    from reservations reservation left join changes change using (change_id)
    where reservation.imsi = ${imsi} order by reservation.updated_at desc limit 1`.execute(database);
  const [reservation] = rows;
  if (reservation === undefined) return { kind: 'nobodys' };
  const { changeId, iccid, state, ended } = reservation;
  if (!ended) return { kind: 'change', changeId, iccid };
  if (state === 'active' || state === 'returned') return { kind: 'nobodys' };
  return { kind: 'parked', reason: `IMSI ${imsi} attached although its reservation for ICCID ${iccid} is ${state}` };
}

/** Resolves to nothing, or to the reason why no workflow took the signal. */
async function signal(
  { workflows, index }: RouterDependencies,
  { changeId, iccid }: Extract<Route, { kind: 'change' }>,
  inbound: Exclude<InboundEvent, { kind: 'other' }>,
): Promise<string | undefined> {
  const handle = workflows.getHandle(changeWorkflowId(index.hash(iccid)));
  const eventId = inbound.event.id;
  try {
    if (inbound.kind === 'locationUpdated') {
      await handle.signal(locationUpdateSignal, { eventId, changeId, imsi: inbound.event.data.imsi });
    } else {
      const { cntr, status, statusWord, authenticated } = inbound.event.data;
      await handle.signal(proofOfReceiptSignal, {
        eventId,
        changeId,
        cntr,
        status,
        authenticated,
        ...(statusWord !== undefined && { statusWord }),
      });
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return `no workflow runs for change ${changeId}`;
    if (isRefusedForGood(cause)) return `Temporal refuses the signal to change ${changeId}: ${cause.message}`;
    throw cause;
  }
}

/** INVALID_ARGUMENT: a workflow takes 10,000 signals, or the signal is too large. Asking again would hold up every card behind it. */
function isRefusedForGood(cause: unknown): cause is Error {
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false;
  const code: number = cause.cause.code;
  return code === INVALID_ARGUMENT;
}

async function park(
  database: Database,
  inbound: Exclude<InboundEvent, { kind: 'other' }>,
  { topic, reason }: { readonly topic: string; readonly reason: string },
): Promise<void> {
  await sql`
    insert into parked_events (topic, event_id, event, reason)
    values (${topic}, ${inbound.event.id}, ${JSON.stringify(inbound.event)}::jsonb, ${plainText(reason)})
    on conflict do nothing`.execute(database);
}

async function deadLetter({ bus, log }: RouterDependencies, message: BusMessage, reason: string): Promise<void> {
  const { topic, partition, offset, key, value, headers } = message;
  log('warn', `the event at ${topic}/${String(partition)}/${offset} went to the dead letters: ${reason}`);
  await bus.publish(deadLettersOf(topic), [
    {
      key,
      value,
      headers: {
        ...headers,
        'x-reason': plainText(reason),
        'x-topic': topic,
        'x-partition': String(partition),
        'x-offset': offset,
      },
    },
  ]);
}
