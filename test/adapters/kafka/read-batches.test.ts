import type { Consumer, ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import type { BusBatch } from '../../../adapters/kafka/messages.ts';
import { readBatches } from '../../../adapters/kafka/read-batches.ts';

const EVENTS = { REBALANCING: 'rebalancing', GROUP_JOIN: 'join', CRASH: 'crash', DISCONNECT: 'disconnect' } as const;
type EventName = (typeof EVENTS)[keyof typeof EVENTS];

/** A consumer whose group, batches and end are played; what it was asked for is in `asked`, in order. */
function playedConsumer() {
  const asked: string[] = [];
  const listeners = new Map<EventName, (event: object) => void>();
  let run: ConsumerRunConfig = {};
  const emit = (name: EventName, payload: object = {}) => listeners.get(name)?.({ payload });
  const consumer = {
    events: EVENTS,
    on: (name: EventName, listener: (event: object) => void) => listeners.set(name, listener),
    run: (config: ConsumerRunConfig) => {
      run = config;
      return Promise.resolve();
    },
    commitOffsets: (offsets: { offset: string }[]) => {
      asked.push(`commit ${offsets.map(({ offset }) => offset).join(', ')}`);
      return Promise.resolve();
    },
    stop: () => {
      asked.push('stop');
      return Promise.resolve();
    },
    disconnect: () => {
      asked.push('disconnect');
      emit(EVENTS.DISCONNECT);
      return Promise.resolve();
    },
  } as unknown as Consumer;
  const deliver = async (...offsets: string[]) => {
    const payload = {
      batch: {
        topic: 'hlr.events',
        partition: 0,
        messages: offsets.map((offset) => ({ offset, key: null, value: null })),
      },
      isRunning: () => true,
      isStale: () => false,
      heartbeat: () => Promise.resolve(),
      resolveOffset: (offset: string) => asked.push(`resolve ${offset}`),
    } as unknown as EachBatchPayload;
    await run.eachBatch?.(payload);
  };
  return { consumer, asked, emit, deliver };
}

const log = () => undefined;

test('what was handled is committed before the client leaves its group', async () => {
  const { consumer, asked, deliver } = playedConsumer();
  const subscription = await readBatches(consumer, () => Promise.resolve(), log);
  await deliver('4', '5');
  await subscription.stop();
  await subscription.ended;
  expect(asked).toEqual(['resolve 5', 'commit 6', 'stop', 'disconnect']);
});

test('a stop waits for the batch under way, tells it to leave the rest, and does not commit it', async () => {
  const { consumer, asked, deliver } = playedConsumer();
  let batch: BusBatch | undefined;
  let finish: () => void = () => undefined;
  const subscription = await readBatches(
    consumer,
    (given) => {
      batch = given;
      return new Promise((resolve) => (finish = resolve));
    },
    log,
  );
  const delivered = deliver('4');
  expect(batch?.isCurrent()).toBe(true);
  const stopped = subscription.stop();
  expect(batch?.isCurrent()).toBe(false);
  await new Promise(setImmediate);
  expect(asked).toEqual([]);
  finish();
  await Promise.all([delivered, stopped]);
  expect(asked).toEqual(['stop', 'disconnect']);
});

test.each([EVENTS.REBALANCING, EVENTS.GROUP_JOIN])(
  'after the event %s a batch is somebody else’s, and nothing handled before is committed any more',
  async (event) => {
    const { consumer, asked, deliver, emit } = playedConsumer();
    const current: boolean[] = [];
    let rebalance = false;
    const subscription = await readBatches(
      consumer,
      (batch) => {
        if (rebalance) emit(event);
        current.push(batch.isCurrent());
        return Promise.resolve();
      },
      log,
    );
    await deliver('1');
    rebalance = true;
    await deliver('2');
    rebalance = false;
    await deliver('7');
    await subscription.stop();
    expect(current).toEqual([true, false, true]);
    expect(asked).toEqual(['resolve 1', 'resolve 7', 'commit 8', 'stop', 'disconnect']);
  },
);

test('a batch that fails in one of its lanes is left by the others', async () => {
  const { consumer, deliver } = playedConsumer();
  let batch: BusBatch | undefined;
  await readBatches(
    consumer,
    (given) => {
      batch = given;
      return Promise.reject(new Error('REBALANCE_IN_PROGRESS'));
    },
    log,
  );
  await expect(deliver('1')).rejects.toThrow('REBALANCE_IN_PROGRESS');
  expect(batch?.isCurrent()).toBe(false);
});

test('a client that gave up for good ends the reading with its reason; one that starts again does not', async () => {
  const { consumer, emit } = playedConsumer();
  const { ended } = await readBatches(consumer, () => Promise.resolve(), log);
  emit(EVENTS.CRASH, { error: new Error('a broker was away'), restart: true });
  emit(EVENTS.CRASH, { error: new Error('Snappy compression not implemented'), restart: false });
  await expect(ended).rejects.toThrow('Snappy');
});
