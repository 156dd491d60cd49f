import { Kafka, logLevel } from 'kafkajs';
import type { Config } from '../../temporal.config.ts';

const READS_WITHIN_MS = 60_000;

/** Every value of a topic up to now, partition after partition, each in its order. */
export async function readTopic({ kafka: { brokers } }: Config, topic: string): Promise<string[]> {
  const kafka = new Kafka({ clientId: 'chaos-auditor', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
  await admin.disconnect();
  const values = new Map<number, string[]>([...ends.keys()].map((partition) => [partition, []]));
  const waiting = new Set([...ends].filter(([, high]) => high > 0).map(([partition]) => partition));
  const consumer = kafka.consumer({ groupId: `chaos-auditor-${String(process.pid)}-${String(Date.now())}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${topic} could not be read to its end: partitions ${[...waiting].join(', ')} are missing`));
      }, READS_WITHIN_MS);
      const done = (): void => {
        if (waiting.size > 0) return;
        clearTimeout(late);
        resolve();
      };
      done();
      consumer
        .run({
          eachMessage: ({ partition, message }) => {
            const { offset, value } = message;
            if (Number(offset) < (ends.get(partition) ?? 0)) values.get(partition)?.push(String(value));
            if (Number(offset) + 1 >= (ends.get(partition) ?? 0)) waiting.delete(partition);
            done();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return [...values.values()].flat();
}
