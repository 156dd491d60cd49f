import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { CHANGE_REQUESTED, LOCATION_UPDATED, PROOF_OF_RECEIPT } from '../../../services/events/cloud-event.ts';
import { requestStampOf } from '../../../services/events/proof-stamp.ts';
import { CHANGE_ID, locationUpdated, requestedByDevice } from '../../support/events.ts';
import {
  ICCID,
  IMSI,
  INDEX,
  WAITING,
  attach,
  batch,
  message,
  playedRouter,
  stamped,
  stopRouters,
} from '../../support/played-router.ts';

afterEach(stopRouters);

test('events of one card are signalled one after the other, in the order of the topic', async () => {
  let underWay = 0;
  let most = 0;
  const { signalled, handle } = await playedRouter({
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
  const { signalled, handle } = await playedRouter({
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
  const { signalled, said, handle } = await playedRouter({
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
  const { signalled, handle } = await playedRouter({
    onSignal: () => {
      current = false;
      return Promise.reject(new Error('14 UNAVAILABLE'));
    },
  });
  await expect(handle(batch([attach('1'), attach('2')], () => current))).rejects.toThrow('UNAVAILABLE');
  expect(signalled).toEqual([]);
});

test('a message that can not be read goes to the dead letters byte for byte with its place, and the next one is routed', async () => {
  const { signalled, deadLetters, handle } = await playedRouter();
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
  const { deadLetters, handle } = await playedRouter();
  const type = 'x'.repeat(100_000);
  await handle(
    batch([message(Buffer.from(JSON.stringify({ ...locationUpdated({}), [type]: 1, time: { [type]: 2 } })))]),
  );
  expect(String(deadLetters[0]?.message.headers?.['x-reason']).length).toBeLessThanOrEqual(1_000);
});

describe('dead letters of a topic', () => {
  /** A router to which so many unreadable messages come on a topic, one a second. */
  async function flooded() {
    let now = 0;
    const router = await playedRouter({ now: () => now });
    const flood = async (letters: number, topic = 'hlr.events') => {
      for (let each = 0; each < letters; each += 1) {
        now += 1_000;
        await router.handle(batch([{ ...message(Buffer.from('no JSON')), topic }]));
      }
    };
    const wait = (milliseconds: number) => (now += milliseconds);
    return { ...router, flood, wait };
  }

  test('call somebody at the tenth within a minute, once, and again only after it was calm', async () => {
    const { called, said, deadLetters, flood, wait } = await flooded();
    await flood(9);
    expect(called).toEqual([]);
    await flood(500);
    expect(called).toEqual(['EVENTS_UNREADABLE']);
    expect(said.filter((sentence) => sentence.includes('10 within a minute'))).toEqual([
      'what comes on hlr.events goes to the dead letters, 10 within a minute: the message is not JSON',
    ]);
    wait(300_000);
    await flood(20);
    expect(called).toEqual(['EVENTS_UNREADABLE', 'EVENTS_UNREADABLE']);
    expect(deadLetters).toHaveLength(529);
  });

  test('are counted for each topic by itself', async () => {
    const { called, flood } = await flooded();
    for (let each = 0; each < 9; each += 1) {
      await flood(1, 'hlr.events');
      await flood(1, 'device.events');
    }
    expect(called).toEqual([]);
    await flood(1, 'device.events');
    expect(called).toEqual(['EVENTS_UNREADABLE']);
  });

  test('call nobody when they are few', async () => {
    const { called, flood, wait } = await flooded();
    for (let each = 0; each < 30; each += 1) {
      await flood(1);
      wait(6_000);
    }
    expect(called).toEqual([]);
  });
});

test('a card that no change has reserved anything for is nobody’s: no signal, nothing parked', async () => {
  const { signalled, parked, handle } = await playedRouter({ reservation: null });
  await handle(batch([attach('1')]));
  expect(signalled).toEqual([]);
  expect(parked).toEqual([]);
});

test.each(['rolledBack', 'quarantined'])(
  'an attach with an IMSI whose reservation is %s is kept for a person',
  async (state) => {
    const { signalled, parked, handle } = await playedRouter({ reservation: { ...WAITING, state, ended: true } });
    await handle(batch([attach('late')]));
    expect(signalled).toEqual([]);
    expect(parked).toMatchObject([
      ['hlr.events', LOCATION_UPDATED, IMSI, 'late', expect.stringContaining('late'), expect.stringContaining(state)],
    ]);
  },
);

const PARKED_PROOF = ['hlr.events', PROOF_OF_RECEIPT, ICCID, 'por-1', expect.anything()] as const;

test('an event whose workflow has ended meanwhile is kept for a person', async () => {
  const { parked, handle } = await playedRouter({
    onSignal: () => Promise.reject(new WorkflowNotFoundError('gone', 'subscription-change/x', undefined)),
  });
  await handle(batch([stamped()]));
  expect(parked).toMatchObject([[...PARKED_PROOF, expect.stringContaining(CHANGE_ID)]]);
});

test('an event that Temporal will never take is kept for a person, and does not hold up the next one', async () => {
  const refusal = Object.assign(new Error('3 INVALID_ARGUMENT: exceeded workflow execution limit for signal events'), {
    code: 3,
    details: 'exceeded workflow execution limit for signal events',
    metadata: {},
  });
  const { signalled, parked, handle } = await playedRouter({
    onSignal: ({ name }) =>
      name === 'proofOfReceipt'
        ? Promise.reject(new ServiceError('Failed to signal Workflow', { cause: refusal }))
        : Promise.resolve(),
  });
  await handle(batch([stamped(), attach('after')]));
  expect(parked).toMatchObject([[...PARKED_PROOF, expect.stringContaining('refuses')]]);
  expect(signalled).toMatchObject([{ eventId: 'after' }]);
});

const REQUEST = { iccid: ICCID, target: 'operator-2', requestId: `device/${ICCID}/7` };
const request = (data: object = {}) => ({
  ...message(Buffer.from(JSON.stringify(requestedByDevice({ stamp: requestStampOf(INDEX, REQUEST), ...data })))),
  topic: 'subscription.requests',
});

test('a request that a card has signed starts a change under an id that comes from the card', async () => {
  const { requested, parked, handle } = await playedRouter();
  await handle(batch([request()]));
  expect(requested).toEqual([{ ...REQUEST, requestedBy: `device:${ICCID}`, reason: 'asked for on the device' }]);
  expect(parked).toEqual([]);
});

test.each([
  ['the stamp of another target', { target: 'operator-3' }],
  ['the stamp of another request', { requestId: `device/${ICCID}/8` }],
  ['a made-up stamp', { stamp: '0'.repeat(32) }],
])('a request with %s goes to the dead letters and starts nothing', async (_what, data) => {
  const { requested, deadLetters, handle } = await playedRouter();
  await handle(batch([request(data)]));
  expect(requested).toEqual([]);
  expect(deadLetters).toMatchObject([{ topic: 'subscription.requests.dead-letters' }]);
});

test('a request that is refused, since the card is being changed, is kept for a person', async () => {
  const { parked, handle } = await playedRouter({
    answer: { kind: 'refused', code: 'CHANGE_IN_PROGRESS', reason: 'it is being changed already' },
  });
  await handle(batch([request()]));
  expect(parked).toMatchObject([
    ['subscription.requests', CHANGE_REQUESTED, ICCID, 'request-1', expect.anything(), 'it is being changed already'],
  ]);
});

test('a request of a card that is being read is kept for a person, and events of other cards go on', async () => {
  const { requested, parked, signalled, handle } = await playedRouter({
    answer: { kind: 'refused', code: 'CARD_BEING_READ', reason: 'it is being read' },
  });
  await handle(batch([request(), attach('other', 'b')]));
  expect(requested).toHaveLength(1);
  expect(parked).toMatchObject([
    ['subscription.requests', CHANGE_REQUESTED, ICCID, 'request-1', expect.anything(), 'it is being read'],
  ]);
  expect(signalled).toMatchObject([{ eventId: 'other' }]);
});
