import { ServiceError, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import type { BusBatch, BusMessage, EventBus, OutgoingMessage } from '../../../activities/adapters/kafka/event-bus.ts';
import { routeEvents } from '../../../activities/events/event-router.ts';
import { requestStampOf, stampOf } from '../../../activities/events/proof-stamp.ts';
import { CardIndex } from '../../../activities/vault/card-index.ts';
import { Secret } from '../../../telecom/secret.ts';
import type { ReopenAnswer } from '../../../activities/requests/reopen-change.ts';
import type { ChangeRequest, RequestAnswer } from '../../../workflows/requests.ts';
import {
  CHANGE_ID,
  locationUpdated,
  locationUpdateRefused,
  proofOfReceipt,
  requestedByDevice,
} from '../../support/events.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

const ICCID = '8999901000000000013';
const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));
const CLAIM = { changeId: CHANGE_ID, cntr: 1, status: 'porOk', statusWord: '9000' } as const;
const WAITING = { changeId: CHANGE_ID, iccid: ICCID, state: 'reserved', ended: false };

interface Signalled {
  readonly name: string;
  readonly eventId: string;
}

/** A router with all that it talks to played: what it did is in the arrays. */
async function router({
  reservation = WAITING,
  onSignal = () => Promise.resolve(),
  reopened = { kind: 'reopened' },
  answer = { kind: 'started', changeId: CHANGE_ID, workflowId: 'w', repeated: false },
}: {
  readonly reservation?: object | null;
  readonly onSignal?: (signalled: Signalled) => Promise<void>;
  readonly reopened?: ReopenAnswer;
  readonly answer?: RequestAnswer;
} = {}) {
  const signalled: Signalled[] = [];
  const requested: ChangeRequest[] = [];
  const reopenedChanges: string[] = [];
  const parked: unknown[][] = [];
  const deadLetters: { topic: string; message: OutgoingMessage }[] = [];
  const said: string[] = [];
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
  const database = scriptedDatabase((statement, parameters) => {
    if (!statement.includes('insert into parked_events')) return reservation === null ? [] : [reservation];
    parked.push([...parameters]);
    return [];
  });
  await routeEvents({
    database,
    bus,
    workflows,
    index: INDEX,
    requestChange: (request) => {
      requested.push(request);
      return Promise.resolve(answer);
    },
    reopenChange: (changeId) => {
      reopenedChanges.push(changeId);
      return Promise.resolve(reopened);
    },
    log: (_level, message) => said.push(message),
  });
  return {
    signalled,
    requested,
    reopenedChanges,
    parked,
    deadLetters,
    said,
    handle: (batch: BusBatch) => handle(batch),
  };
}

const message = (value: Buffer | null, { key = 'a', offset = '0' } = {}): BusMessage => ({
  topic: 'hlr.events',
  partition: 2,
  offset,
  key: Buffer.from(key),
  value,
  headers: { 'trace-id': 'abc' },
});
const attach = (id: string, key = 'a') => message(Buffer.from(JSON.stringify(locationUpdated({ id }))), { key });
const batch = (messages: readonly BusMessage[], isCurrent = () => true): BusBatch => ({
  messages,
  isCurrent,
  heartbeat: () => Promise.resolve(),
});

test('events of one card are signalled one after the other, in the order of the topic', async () => {
  let underWay = 0;
  let most = 0;
  const { signalled, handle } = await router({
    onSignal: async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay -= 1;
    },
  });
  await handle(batch([attach('1'), attach('2'), attach('3')]));
  expect(signalled.map(({ eventId }) => eventId)).toEqual(['1', '2', '3']);
  expect(most).toBe(1);
});

test('a card whose signal is slow does not hold up another card', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { signalled, handle } = await router({
    onSignal: ({ eventId }) => (eventId === 'slow' ? held : Promise.resolve()),
  });
  const handled = handle(batch([attach('slow', 'a'), attach('after slow', 'a'), attach('other', 'b')]));
  while (signalled.length === 0) await new Promise(setImmediate);
  expect(signalled).toMatchObject([{ eventId: 'other' }]);
  release();
  await handled;
  expect(signalled.map(({ eventId }) => eventId)).toEqual(['other', 'slow', 'after slow']);
});

test('an event that the server does not take is tried until it does, and what comes after it waits', async () => {
  let refusals = 2;
  const { signalled, said, handle } = await router({
    onSignal: () => (refusals-- > 0 ? Promise.reject(new Error('14 UNAVAILABLE')) : Promise.resolve()),
  });
  await handle(batch([attach('1'), attach('2')]));
  expect(signalled.map(({ eventId }) => eventId)).toEqual(['1', '2']);
  expect(said).toHaveLength(2);
  expect(said[0]).toContain('hlr.events/2/0');
  expect(said[0]).toContain('UNAVAILABLE');
});

test('a batch whose partition was taken away in the middle is left, and is not said to be handled', async () => {
  let current = true;
  const { signalled, handle } = await router({
    onSignal: () => {
      current = false;
      return Promise.reject(new Error('14 UNAVAILABLE'));
    },
  });
  await expect(handle(batch([attach('1'), attach('2')], () => current))).rejects.toThrow('UNAVAILABLE');
  expect(signalled).toEqual([]);
});

test('a message that can not be read goes to the dead letters byte for byte with its place, and the next one is routed', async () => {
  const { signalled, deadLetters, handle } = await router();
  const poison = Buffer.from([0xff, 0x00, 0x7b, 0x0a]);
  await handle(batch([message(poison, { offset: '41' }), attach('after')]));
  expect(deadLetters).toHaveLength(1);
  expect(deadLetters[0]?.topic).toBe('hlr.events.dead-letters');
  expect(deadLetters[0]?.message.value).toBe(poison);
  expect(deadLetters[0]?.message.key).toEqual(Buffer.from('a'));
  expect(deadLetters[0]?.message.headers).toMatchObject({
    'trace-id': 'abc',
    'x-reason': 'the message is not JSON',
    'x-topic': 'hlr.events',
    'x-partition': '2',
    'x-offset': '41',
  });
  expect(signalled).toMatchObject([{ eventId: 'after' }]);
});

test('the reason of a dead letter stays short however much is wrong with the message', async () => {
  const { deadLetters, handle } = await router();
  const type = 'x'.repeat(100_000);
  await handle(
    batch([message(Buffer.from(JSON.stringify({ ...locationUpdated({}), [type]: 1, time: { [type]: 2 } })))]),
  );
  expect(String(deadLetters[0]?.message.headers?.['x-reason']).length).toBeLessThanOrEqual(1_000);
});

test('a card that no change has reserved anything for is nobody’s: no signal, nothing parked', async () => {
  const { signalled, parked, handle } = await router({ reservation: null });
  await handle(batch([attach('1')]));
  expect(signalled).toEqual([]);
  expect(parked).toEqual([]);
});

test.each(['rolledBack', 'quarantined'])(
  'an attach with an IMSI whose reservation is %s is kept for a person',
  async (state) => {
    const { signalled, parked, handle } = await router({ reservation: { ...WAITING, state, ended: true } });
    await handle(batch([attach('late')]));
    expect(signalled).toEqual([]);
    expect(parked).toMatchObject([
      ['hlr.events', 'late', expect.stringContaining('late'), expect.stringContaining(state)],
    ]);
  },
);

const refusal = (id: string) => message(Buffer.from(JSON.stringify(locationUpdateRefused({ id }))));
const WITHDRAWN = { ...WAITING, state: 'quarantined', ended: true };

test('a card that tries to use what an ended change withdrew has the change reopened, and nobody else is bothered', async () => {
  const { signalled, reopenedChanges, parked, handle } = await router({ reservation: WITHDRAWN });
  await handle(batch([refusal('late')]));
  expect(reopenedChanges).toEqual([CHANGE_ID]);
  expect([...signalled, ...parked]).toEqual([]);
});

test('an attach with what an ended change withdrew has the change reopened, and is kept for a person as well', async () => {
  const { reopenedChanges, parked, handle } = await router({ reservation: WITHDRAWN });
  await handle(batch([attach('late')]));
  expect(reopenedChanges).toEqual([CHANGE_ID]);
  expect(parked).toHaveLength(1);
});

test('a late card whose change can not be reopened is kept for a person, with the reason', async () => {
  const reopened = { kind: 'refused', reason: 'another change moved the card' } as const;
  const { parked, handle } = await router({ reservation: WITHDRAWN, reopened });
  await handle(batch([refusal('late')]));
  const reason = expect.stringMatching(/quarantined; another change moved the card$/) as string;
  expect(parked).toMatchObject([['hlr.events', 'late', expect.anything(), reason]]);
});

test.each(['tooSoon', 'running'] as const)(
  'a late card that asks again while its change is %s is dropped',
  async (kind) => {
    const { signalled, parked, handle } = await router({ reservation: WITHDRAWN, reopened: { kind } });
    await handle(batch([refusal('again')]));
    expect([...signalled, ...parked]).toEqual([]);
  },
);

test.each([
  ['that a running change reserved', WAITING],
  ['that belongs to a card of its operator', { ...WAITING, state: 'active', ended: true }],
  ['that a card had and that was released', { ...WAITING, state: 'returned', ended: true }],
  ['that nobody reserved', null],
])('a refusal of an IMSI %s is nobody’s', async (_what, reservation) => {
  const { signalled, reopenedChanges, parked, deadLetters, handle } = await router({ reservation });
  await handle(batch([refusal('1')]));
  expect([...signalled, ...reopenedChanges, ...parked, ...deadLetters]).toEqual([]);
});

const proof = (data: object) => message(Buffer.from(JSON.stringify(proofOfReceipt({ id: 'por-1', ...data }))));
const stamped = (data: object = {}) => proof({ ...CLAIM, stamp: stampOf(INDEX, CLAIM), ...data });

test('an event whose workflow has ended meanwhile is kept for a person', async () => {
  const { parked, handle } = await router({
    onSignal: () => Promise.reject(new WorkflowNotFoundError('gone', 'subscription-change/x', undefined)),
  });
  await handle(batch([stamped()]));
  expect(parked).toMatchObject([['hlr.events', 'por-1', expect.anything(), expect.stringContaining(CHANGE_ID)]]);
});

test('an event that Temporal will never take is kept for a person, and does not hold up the next one', async () => {
  const refusal = Object.assign(new Error('3 INVALID_ARGUMENT: exceeded workflow execution limit for signal events'), {
    code: 3,
    details: 'exceeded workflow execution limit for signal events',
    metadata: {},
  });
  const { signalled, parked, handle } = await router({
    onSignal: ({ name }) =>
      name === 'proofOfReceipt'
        ? Promise.reject(new ServiceError('Failed to signal Workflow', { cause: refusal }))
        : Promise.resolve(),
  });
  await handle(batch([stamped(), attach('after')]));
  expect(parked).toMatchObject([['hlr.events', 'por-1', expect.anything(), expect.stringContaining('refuses')]]);
  expect(signalled).toMatchObject([{ eventId: 'after' }]);
});

test('a proof of receipt with the stamp of the OTA worker is signalled', async () => {
  const { signalled, handle } = await router();
  await handle(batch([stamped()]));
  expect(signalled).toEqual([{ name: 'proofOfReceipt', eventId: 'por-1' }]);
});

test.each([
  ['no stamp', proof(CLAIM)],
  ['a made-up stamp', proof({ ...CLAIM, stamp: '0'.repeat(32) })],
  ['the stamp of another status', stamped({ status: 'tarUnknown' })],
  ['the stamp of another counter', stamped({ cntr: 2 })],
  ['the stamp of another status word', stamped({ statusWord: '63c1' })],
])('a proof of receipt that claims to be authenticated with %s goes to the dead letters', async (_what, forged) => {
  const { signalled, deadLetters, handle } = await router();
  await handle(batch([forged]));
  expect(signalled).toEqual([]);
  expect(deadLetters[0]?.message.headers?.['x-reason']).toContain('stamp');
});

test('a proof of receipt that is not authenticated is not even signalled: anybody can send any number of them', async () => {
  const { signalled, parked, deadLetters, handle } = await router();
  await handle(batch([proof({ ...CLAIM, authenticated: false })]));
  expect([...signalled, ...parked, ...deadLetters]).toEqual([]);
});

const REQUEST = { iccid: ICCID, target: 'operator-2', requestId: `device/${ICCID}/7` };
const request = (data: object = {}) => ({
  ...message(Buffer.from(JSON.stringify(requestedByDevice({ stamp: requestStampOf(INDEX, REQUEST), ...data })))),
  topic: 'subscription.requests',
});

test('a request that a card has signed starts a change under an id that comes from the card', async () => {
  const { requested, parked, handle } = await router();
  await handle(batch([request()]));
  expect(requested).toEqual([{ ...REQUEST, requestedBy: `device:${ICCID}`, reason: 'asked for on the device' }]);
  expect(parked).toEqual([]);
});

test.each([
  ['the stamp of another target', { target: 'operator-3' }],
  ['the stamp of another request', { requestId: `device/${ICCID}/8` }],
  ['a made-up stamp', { stamp: '0'.repeat(32) }],
])('a request with %s goes to the dead letters and starts nothing', async (_what, data) => {
  const { requested, deadLetters, handle } = await router();
  await handle(batch([request(data)]));
  expect(requested).toEqual([]);
  expect(deadLetters).toMatchObject([{ topic: 'subscription.requests.dead-letters' }]);
});

test('a request that is refused, since the card is being changed, is kept for a person', async () => {
  const { parked, handle } = await router({
    answer: { kind: 'refused', code: 'CHANGE_IN_PROGRESS', reason: 'it is being changed already' },
  });
  await handle(batch([request()]));
  expect(parked).toMatchObject([
    ['subscription.requests', 'request-1', expect.anything(), 'it is being changed already'],
  ]);
});
