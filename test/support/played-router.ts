import type { WorkflowClient } from '@temporalio/client';
import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { BusBatch, BusMessage, OutgoingMessage } from '../../adapters/kafka/messages.ts';
import { routeEvents } from '../../services/event-router/event-router.ts';
import { stampOf } from '../../services/events/proof-stamp.ts';
import type { ReopenAnswer } from '../../services/requests/reopen-change.ts';
import { CardIndex } from '../../adapters/vault/card-index.ts';
import { Secret } from '../../telecom/secret.ts';
import type { ChangeRequest, RequestAnswer } from '../../application/requests.ts';
import { CHANGE_ID, locationUpdated, locationUpdateRefused, proofOfReceipt } from './events.ts';
import { scriptedDatabase } from './scripted-database.ts';

export const ICCID = '8999901000000000013';
export const IMSI = '001029000000001';
export const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));
export const CLAIM = { changeId: CHANGE_ID, cntr: 1, status: 'porOk', statusWord: '9000' } as const;
export const WAITING = { changeId: CHANGE_ID, iccid: ICCID, operator: 'operator-2', state: 'reserved', ended: false };
/** The event id of the signal that CLAIM becomes. */
export const CLAIM_ID = `${CHANGE_ID}/${stampOf(INDEX, CLAIM)}`;

interface Signalled {
  readonly name: string;
  readonly eventId: string;
}

/** A router with all that it talks to played: what it did is in the arrays. */
export async function playedRouter({
  reservation = WAITING,
  onSignal = () => Promise.resolve(),
  mayWake = true,
  reopened = { kind: 'reopened' },
  answer = { kind: 'started', changeId: CHANGE_ID, workflowId: 'w', repeated: false },
  now,
}: {
  readonly reservation?: object | null;
  readonly onSignal?: (signalled: Signalled) => Promise<void>;
  readonly mayWake?: boolean;
  /** The last of several is that of every further question. */
  readonly reopened?: ReopenAnswer | readonly ReopenAnswer[];
  /** The last of several is that of every further request. */
  readonly answer?: RequestAnswer | readonly RequestAnswer[];
  readonly now?: () => number;
} = {}) {
  const answers = [answer].flat();
  const signalled: Signalled[] = [];
  const requested: ChangeRequest[] = [];
  const reopenings = [reopened].flat();
  const reopenedChanges: string[] = [];
  const reopenedBy: string[] = [];
  const parked: unknown[][] = [];
  const deadLetters: { topic: string; message: OutgoingMessage }[] = [];
  const said: string[] = [];
  const called: string[] = [];
  let calledBack = 0;
  let handle: (batch: BusBatch) => Promise<void> = () => Promise.reject(new Error('nobody subscribed'));
  const bus = {
    subscribe: (_group: string, _topics: readonly string[], handler: typeof handle) => {
      handle = handler;
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    publish: (topic: string, messages: readonly OutgoingMessage[]) => {
      deadLetters.push(...messages.map((message) => ({ topic, message })));
      return Promise.resolve([]);
    },
  } as unknown as EventBus;
  const workflows = {
    getHandle: () => ({
      signal: async ({ name }: { name: string }, { eventId }: { eventId: string }) => {
        await onSignal({ name, eventId });
        signalled.push({ name, eventId });
      },
    }),
  } as unknown as WorkflowClient;
  const told: unknown[][] = [];
  const later: unknown[][] = [];
  const database = scriptedDatabase((statement, parameters) => {
    // Nothing waits for its time: test/end-to-end/flood.test.ts has what the database decides.
    if (statement.includes('select change_id as "changeId", waiting_event')) return [];
    if (statement.includes("next_wake_up = '-infinity'")) calledBack += 1;
    if (statement.includes('returning waiting_event')) return [{ mayWake }];
    if (statement.includes('least(next_wake_up')) later.push([...parameters]);
    if (statement.includes('array_append(told')) told.push([...parameters]);
    if (!statement.includes('insert into parked_events')) return reservation === null ? [] : [reservation];
    parked.push([...parameters]);
    return [];
  });
  const subscription = await routeEvents({
    database,
    bus,
    workflows,
    index: INDEX,
    ...(now && { now }),
    requestChange: (request) => {
      requested.push(request);
      const given = answers[Math.min(requested.length, answers.length) - 1];
      return given === undefined ? Promise.reject(new Error('there is no answer')) : Promise.resolve(given);
    },
    reopenChange: (changeId, evidence) => {
      reopenedChanges.push(changeId);
      reopenedBy.push(evidence);
      const given = reopenings[Math.min(reopenedChanges.length, reopenings.length) - 1];
      return given === undefined ? Promise.reject(new Error('there is no answer')) : Promise.resolve(given);
    },
    log: (_level, message, fields) => {
      said.push(message);
      if (fields !== undefined) called.push(fields.code);
    },
  });
  running.push(subscription);
  return {
    ...{ signalled, requested, reopenedChanges, reopenedBy, parked, told, later, deadLetters, said, called },
    calledBack: () => calledBack,
    handle: (batch: BusBatch) => handle(batch),
  };
}

const running: { stop(): Promise<void> }[] = [];
/** Ends what tests have started; for afterEach. */
export async function stopRouters(): Promise<void> {
  for (const subscription of running.splice(0)) await subscription.stop();
}

export const message = (value: Buffer | null, { key = 'a', offset = '0' } = {}): BusMessage => ({
  topic: 'hlr.events',
  partition: 2,
  offset,
  key: Buffer.from(key),
  value,
  headers: { 'trace-id': 'abc' },
});
export const attach = (id: string, key = 'a', changes = {}) =>
  message(Buffer.from(JSON.stringify({ ...locationUpdated({ id }), ...changes })), { key });
/** A card was refused with the IMSI that `attach` is about. */
export const refused = (id: string, changes = {}) =>
  message(Buffer.from(JSON.stringify({ ...locationUpdateRefused({ id }), ...changes })));
export const batch = (messages: readonly BusMessage[], isCurrent = () => true): BusBatch => ({
  messages,
  isCurrent,
  heartbeat: () => Promise.resolve(),
});

export const proof = (data: object) => message(Buffer.from(JSON.stringify(proofOfReceipt({ id: 'por-1', ...data }))));
export const stamped = (data: object = {}) => proof({ ...CLAIM, stamp: stampOf(INDEX, CLAIM), ...data });
