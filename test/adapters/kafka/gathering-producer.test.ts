import type { Kafka, Message, ProducerBatch, ProducerConfig, RecordMetadata } from 'kafkajs';
import { GatheringProducer } from '../../../adapters/kafka/gathering-producer.ts';

/** A cluster of one topic with three partitions whose requests are answered when the test says so. */
function cluster({ connect = () => Promise.resolve() } = {}) {
  const requests: { batch: ProducerBatch; answer: (error?: Error) => void }[] = [];
  const ends = new Map<number, number>();
  let connections = 0;
  const append = (topic: string, messages: Message[], partitionOf: (message: Message) => number): RecordMetadata[] => {
    const first = new Map<number, number>();
    for (const message of messages) {
      const partition = partitionOf(message);
      const offset = ends.get(partition) ?? 100 * partition;
      if (!first.has(partition)) first.set(partition, offset);
      ends.set(partition, offset + 1);
    }
    return [...first].map(([partition, base]) => ({
      ...{ topicName: topic, partition, errorCode: 0, baseOffset: String(base) },
    }));
  };
  const kafka = {
    producer: ({ createPartitioner }: ProducerConfig) => {
      connections += 1;
      const partitioner = createPartitioner?.();
      if (partitioner === undefined) throw new Error('the producer has no partitioner of its own');
      const partitionMetadata = [0, 1, 2].map((partitionId) => ({
        ...{ partitionId, leader: 1, replicas: [1], isr: [1], partitionErrorCode: 0 },
      }));
      return {
        connect,
        disconnect: () => Promise.resolve(),
        sendBatch: (batch: ProducerBatch) =>
          new Promise<RecordMetadata[]>((resolve, reject) => {
            const answer = (error?: Error) => {
              if (error !== undefined) reject(error);
              else
                resolve(
                  (batch.topicMessages ?? []).flatMap(({ topic, messages }) =>
                    append(topic, messages, (message) => partitioner({ topic, message, partitionMetadata })),
                  ),
                );
            };
            requests.push({ batch, answer });
          }),
      };
    },
  } as unknown as Kafka;
  const request = async (number: number) => {
    for (;;) {
      const found = requests[number];
      if (found !== undefined) return found;
      await new Promise(setImmediate);
    }
  };
  return { kafka, requests, request, connections: () => connections };
}

const values = ({ batch }: { batch: ProducerBatch }) =>
  (batch.topicMessages ?? []).flatMap(({ messages }) => messages.map(({ value }) => value));

test('what is asked for while a request is under way goes with the next one, in the order of asking', async () => {
  const { kafka, requests, request } = cluster();
  const producer = new GatheringProducer(kafka);
  const sent = ['1', '2', '3'].map((value) => producer.send('events', [{ key: 'card', value }]));
  const first = await request(0);
  expect(values(first)).toEqual(['1']);
  expect(first.batch.acks).toBe(-1);
  first.answer();
  const second = await request(1);
  expect(values(second)).toEqual(['2', '3']);
  second.answer();
  const places = (await Promise.all(sent)).flat();
  expect(places.map(({ offset }) => offset - (places[0]?.offset ?? 0))).toEqual([0, 1, 2]);
  expect(new Set(places.map(({ partition }) => partition)).size).toBe(1);
  expect(requests).toHaveLength(2);
});

test('every message is told its own place, also when one request goes to several partitions', async () => {
  const { kafka, request } = cluster();
  const producer = new GatheringProducer(kafka);
  const keys = ['a', 'b', 'c', 'd', 'e', 'a', 'b'];
  const sent = producer.send(
    'events',
    keys.map((key) => ({ key, value: key })),
  );
  (await request(0)).answer();
  const places = await sent;
  expect(new Set(places.map(({ partition, offset }) => `${String(partition)}/${String(offset)}`)).size).toBe(
    keys.length,
  );
  expect(new Set(places.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  expect(places[5]?.partition).toBe(places[0]?.partition);
  expect(places[5]?.offset).toBeGreaterThan(places[0]?.offset ?? NaN);
  for (const { partition, offset } of places) expect(Math.floor(offset / 100)).toBe(partition);
});

test('a request that fails fails for each who asked, and the next one is sent all the same', async () => {
  const { kafka, request } = cluster();
  const producer = new GatheringProducer(kafka);
  const lost = producer.send('events', [{ key: 'card', value: '1' }]);
  const kept = producer.send('events', [{ key: 'card', value: '2' }]);
  (await request(0)).answer(new Error('NOT_ENOUGH_REPLICAS'));
  await expect(lost).rejects.toThrow('NOT_ENOUGH_REPLICAS');
  (await request(1)).answer();
  await expect(kept).resolves.toHaveLength(1);
});

test('a message that is too large fails alone, and what was asked for with it is sent in its order', async () => {
  const { kafka, request } = cluster();
  const producer = new GatheringProducer(kafka);
  const sent = ['1', '2', 'large', '3'].map((value) => producer.send('events', [{ key: 'card', value }]));
  const outcomes = Promise.allSettled(sent);
  const tooLarge = () =>
    Object.assign(new Error('The request included a message larger than'), { type: 'MESSAGE_TOO_LARGE' });
  (await request(0)).answer();
  (await request(1)).answer(tooLarge());
  (await request(2)).answer();
  (await request(3)).answer(tooLarge());
  (await request(4)).answer();
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect([await request(2), await request(3), await request(4)].map(values)).toEqual([['2'], ['large'], ['3']]);
});

test('a connection that could not be made is tried anew at the next message', async () => {
  let tries = 0;
  const { kafka, request, connections } = cluster({
    connect: () => (++tries === 1 ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve()),
  });
  const producer = new GatheringProducer(kafka);
  await expect(producer.send('events', [{ key: 'card', value: '1' }])).rejects.toThrow('ECONNREFUSED');
  const sent = producer.send('events', [{ key: 'card', value: '2' }]);
  (await request(0)).answer();
  await expect(sent).resolves.toHaveLength(1);
  expect(connections()).toBe(2);
});
