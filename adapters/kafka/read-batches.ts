import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { BusBatch, BusMessage, Subscription } from './messages.ts';
import { OffsetCommitter } from './offset-committer.ts';

/** A reader rests this long after each batch, so that under load the next one is larger; an event on a quiet topic does not wait. */
const REST_MILLISECONDS = 50;

/**
 * Reads with a consumer that has subscribed. A batch is the reader's only as long as its membership of the group lasts: after a
 * rebalance another process may read the same partition, and what was left uncommitted is delivered again.
 */
export async function readBatches(
  consumer: Consumer,
  handle: (batch: BusBatch) => Promise<void>,
  log: (level: 'warn', message: string) => void,
): Promise<Subscription> {
  const offsets = new OffsetCommitter(consumer, log);
  const underWay = new Set<Promise<void>>();
  let membership = 0;
  let stopping = false;

  const leave = () => {
    membership += 1;
    offsets.forget();
  };
  consumer.on(consumer.events.REBALANCING, leave);
  consumer.on(consumer.events.GROUP_JOIN, leave);
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) reject(error);
    });
    consumer.on(consumer.events.DISCONNECT, () => {
      if (stopping) resolve();
    });
  });
  // Whoever started this looks at it later; until then a crash must not end the process unexplained.
  ended.catch(() => undefined);

  const read = async (payload: EachBatchPayload) => {
    const joined = membership;
    let failed = false;
    const isCurrent = () => !stopping && !failed && membership === joined && payload.isRunning() && !payload.isStale();
    const messages = messagesOf(payload);
    try {
      await handle({ messages, isCurrent, heartbeat: () => payload.heartbeat() });
    } catch (cause) {
      failed = true;
      throw cause;
    }
    const last = messages.at(-1);
    if (last === undefined || !isCurrent()) return;
    payload.resolveOffset(last.offset);
    offsets.handled(last);
    await delay(REST_MILLISECONDS);
  };
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async (payload) => {
      const reading = read(payload);
      const settled = reading.then(
        () => undefined,
        () => undefined,
      );
      underWay.add(settled);
      await reading.finally(() => underWay.delete(settled));
    },
  });
  return {
    ended,
    stop: async () => {
      stopping = true;
      await Promise.all(underWay);
      // Before the client stops: it knows its group no more afterwards.
      await offsets.flush();
      await consumer.stop();
      await consumer.disconnect();
    },
  };
}

const messagesOf = ({ batch: { topic, partition, messages } }: EachBatchPayload): BusMessage[] =>
  messages.map(({ offset, key, value, headers }) => ({ topic, partition, offset, key, value, headers: headers ?? {} }));
