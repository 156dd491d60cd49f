import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { BusMessage } from './messages.ts';

export interface TopicReading {
  /** From the oldest message that is kept, or from those that come after the call. */
  readonly fromBeginning: boolean;
  /** Goes on until the signal aborts, instead of ending with the newest message of the moment of the call. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly onMessage: (message: BusMessage) => void;
  /** Called once everything that comes from now on will be seen. */
  readonly onReading?: () => void;
}

/**
 * Shows a topic to somebody who looks: with a group of its own that commits nothing, so that no reader of Rehome notices. In order
 * within a partition. Rejects when the client gives up.
 */
export async function readTopic(kafka: Kafka, topic: string, reading: TopicReading): Promise<void> {
  const { fromBeginning, follow, signal } = reading;
  const offsets = await offsetsOf(kafka, topic);
  const toCome = new Map(offsets.filter(({ low, high }) => high > low).map(({ partition, high }) => [partition, high]));
  if (!follow && (!fromBeginning || toCome.size === 0)) return;
  const starts = new Map(offsets.map(({ partition, low, high }) => [partition, fromBeginning ? low : high]));
  const consumer = kafka.consumer({
    groupId: `rehome-events-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 500,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        if (!restart) reject(error);
      });
      run(consumer, { topic, starts, reading }, (partition, offset) => {
        if (follow || offset + 1n < (toCome.get(partition) ?? 0n)) return;
        toCome.delete(partition);
        if (toCome.size === 0) end();
      }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

interface Run {
  readonly topic: string;
  readonly starts: ReadonlyMap<number, bigint>;
  readonly reading: TopicReading;
}

async function run(
  consumer: Consumer,
  { topic, starts, reading: { onMessage, onReading } }: Run,
  onRead: (partition: number, offset: bigint) => void,
): Promise<void> {
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ partition, message: { offset, key, value, headers } }) => {
      // What was fetched before the place was set is older than what is wanted.
      if (BigInt(offset) >= (starts.get(partition) ?? 0n))
        onMessage({ topic, partition, offset, key, value, headers: headers ?? {} });
      onRead(partition, BigInt(offset));
      return Promise.resolve();
    },
  });
  for (const [partition, start] of starts) consumer.seek({ topic, partition, offset: String(start) });
  onReading?.();
}

/** Where each partition begins and ends at this moment. */
async function offsetsOf(kafka: Kafka, topic: string) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
      ...{ partition, low: BigInt(low), high: BigInt(high) },
    }));
  } finally {
    await admin.disconnect();
  }
}
