import { setTimeout as delay } from 'node:timers/promises';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import { requestedByDevice, type ChangeRequest, type RequestAnswer } from '../../application/requests.ts';
import type { Alarm } from '../../adapters/alarm.ts';
import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { BusBatch, BusMessage, Subscription } from '../../adapters/kafka/messages.ts';
import { EventError, readEvent, type InboundEvent } from '../events/cloud-event.ts';
import { MANY_DEAD_LETTERS, deadLetterAlarm } from '../alarms/dead-letter-alarm.ts';
import { parkEvent } from './park-event.ts';
import { contactStampOf, failureStampOf, isSameStamp, requestStampOf, stampOf } from '../events/proof-stamp.ts';
import { signalContact, signalFailure } from './notify-reachable.ts';
import { signalChange, type SignalDependencies } from './signal-change.ts';
import { signalWaiting } from './deliver-deferred.ts';
import { TOPICS, deadLettersOf } from '../events/topics.ts';

const GROUP = 'rehome-event-router';
const CARDS_AT_ONCE = 16;
const FIRST_RETRY_MILLISECONDS = 100;
const LONGEST_RETRY_MILLISECONDS = 2_000;

export interface RouterDependencies extends SignalDependencies {
  readonly bus: EventBus;
  /** Starts the change that a device asks for. */
  readonly requestChange: (request: ChangeRequest) => Promise<RequestAnswer>;
  readonly group?: string;
  /** Milliseconds since the epoch; default: the clock of this machine. */
  readonly now?: () => number;
}

/** One router, and what it remembers of each topic. */
interface Router extends RouterDependencies {
  readonly alarms: Map<string, Alarm>;
}

/**
 * Turns events of HLRs and devices into signals, and requests of devices into changes. Events of one card go one after the other, each only after the server has
 * acknowledged the one before; the offset is committed after that. What can't be read goes to the dead letters byte for byte.
 */
export async function routeEvents(dependencies: RouterDependencies): Promise<Subscription> {
  const { bus, group = GROUP } = dependencies;
  const router: Router = { ...dependencies, alarms: new Map() };
  const subscription = await bus.subscribe(group, [TOPICS.requests, TOPICS.hlrEvents, TOPICS.deviceEvents], (batch) =>
    handleBatch(router, batch),
  );
  const waiting = signalWaiting(dependencies);
  return {
    ended: subscription.ended,
    stop: async () => {
      await Promise.all([subscription.stop(), waiting.stop()]);
    },
  };
}

async function handleBatch(router: Router, batch: BusBatch): Promise<void> {
  const lanes = new Map<string, BusMessage[]>();
  for (const message of batch.messages) {
    const key = message.key?.toString('latin1') ?? '';
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [message]);
    else lane.push(message);
  }
  const waiting = [...lanes.values()];
  const worker = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
      for (const message of lane) {
        if (!batch.isCurrent()) return;
        await batch.heartbeat();
        await untilDone(router, batch, message);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CARDS_AT_ONCE, waiting.length) }, worker));
}

/** Tries one message until it is signalled, parked or dead-lettered: what comes after it has to wait. */
async function untilDone(router: Router, batch: BusBatch, message: BusMessage): Promise<void> {
  let pause = FIRST_RETRY_MILLISECONDS;
  for (;;) {
    try {
      await handleMessage(router, message);
      return;
    } catch (cause) {
      if (!batch.isCurrent()) throw cause;
      const place = `${message.topic}/${String(message.partition)}/${message.offset}`;
      router.log(
        'warn',
        `the event at ${place} could not be routed, trying again: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
      await delay(pause);
      await batch.heartbeat();
      pause = Math.min(pause * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }
}

async function handleMessage(router: Router, message: BusMessage): Promise<void> {
  let inbound: InboundEvent;
  try {
    inbound = readEvent(message.value);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    await deadLetter(router, message, cause.message);
    return;
  }
  if (inbound.kind === 'other') return;
  // An unauthenticated proof decides nothing, and anybody can send any number of them.
  if (inbound.kind === 'proofOfReceipt' && !inbound.event.data.authenticated) return;
  if (!hasOurStamp(router, inbound)) {
    await deadLetter(router, message, 'it says what only the OTA worker can know, and has no stamp of ours');
    return;
  }
  await follow(router, inbound, message.topic);
}

async function follow(
  dependencies: RouterDependencies,
  inbound: Exclude<InboundEvent, { kind: 'other' }>,
  topic: string,
): Promise<void> {
  switch (inbound.kind) {
    case 'deviceRequest':
      return startRequested(dependencies, inbound, topic);
    case 'proofOfReceipt':
    case 'locationUpdateRefused':
      return signalChange(dependencies, inbound, topic);
    case 'locationUpdated':
      await signalChange(dependencies, inbound, topic);
      // The same IMSI may be what another change has its card leave.
      return signalContact(dependencies, inbound, topic);
    case 'authenticationSeen':
    case 'reachabilityReported':
    case 'deviceReachable':
      return signalContact(dependencies, inbound, topic);
    case 'deliveryFailed':
      return signalFailure(dependencies, inbound, topic);
  }
}

/** A topic is open to more programs than the OTA worker, which alone has seen the card's signature. */
function hasOurStamp({ index }: RouterDependencies, inbound: Exclude<InboundEvent, { kind: 'other' }>): boolean {
  switch (inbound.kind) {
    case 'locationUpdated':
    case 'locationUpdateRefused':
    case 'authenticationSeen':
    case 'reachabilityReported':
      return true;
    case 'deviceRequest':
      return isSameStamp(requestStampOf(index, inbound.event.data), inbound.event.data.stamp);
    case 'deliveryFailed':
      return isSameStamp(failureStampOf(index, inbound.event.data), inbound.event.data.stamp);
    case 'deviceReachable':
      return isSameStamp(contactStampOf(index, inbound.event.data), inbound.event.data.stamp);
    case 'proofOfReceipt':
      return isSameStamp(stampOf(index, inbound.event.data), inbound.event.data.stamp ?? '');
  }
}

/** The request's id makes a repeated event the same change; one that is refused is kept where a person finds it. */
async function startRequested(
  { database, requestChange, log }: RouterDependencies,
  { event }: Extract<InboundEvent, { kind: 'deviceRequest' }>,
  topic: string,
): Promise<void> {
  const { iccid, target, requestId } = event.data;
  const request = {
    requestId,
    iccid,
    target,
    requestedBy: requestedByDevice(iccid),
    reason: 'asked for on the device',
  };
  const answer = await requestChange(request);
  if (answer.kind === 'started') return;
  log('warn', `ICCID ${iccid} asked for ${target} in vain: ${answer.reason}`);
  await parkEvent(database, event, { topic, reason: answer.reason });
}

async function deadLetter(router: Router, message: BusMessage, reason: string): Promise<void> {
  const { bus, log } = router;
  const { topic, partition, offset, key, value, headers } = message;
  log('warn', `the event at ${topic}/${String(partition)}/${offset} went to the dead letters: ${reason}`);
  await bus.publish(deadLettersOf(topic), [
    {
      key,
      value,
      headers: {
        ...headers,
        'x-reason': sanitizeText(reason),
        'x-topic': topic,
        'x-partition': String(partition),
        'x-offset': offset,
      },
    },
  ]);
  if (!alarmOf(router, topic).happened()) return;
  const sentence = `what comes on ${topic} goes to the dead letters, ${String(MANY_DEAD_LETTERS)} within a minute: ${sanitizeText(reason)}`;
  log('error', sentence, { code: 'EVENTS_UNREADABLE' });
}

function alarmOf({ alarms, now }: Router, topic: string): Alarm {
  const alarm = alarms.get(topic) ?? deadLetterAlarm(now);
  alarms.set(topic, alarm);
  return alarm;
}
