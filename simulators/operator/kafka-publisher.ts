import { Kafka, logLevel, Partitioners, type KafkaConfig } from 'kafkajs';
import type { Log } from '../support/log.ts';
import type { EventPublisher } from './event-outbox.ts';

const TOPIC = 'hlr.events';
const CONTENT_TYPE = 'application/cloudevents+json';
const CONNECT_PATIENCE_MS = 2_000;
const REQUEST_PATIENCE_MS = 10_000;

export type KafkaAddress = Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'>;

/** Publishes to the operator's topic, which has to exist; connects at the first event, and again whenever it has to. */
export function kafkaPublisher({
  address,
  clientId,
  log,
}: {
  address: KafkaAddress;
  clientId: string;
  log: Log;
}): EventPublisher {
  const kafka = new Kafka({
    ...address,
    clientId,
    connectionTimeout: CONNECT_PATIENCE_MS,
    requestTimeout: REQUEST_PATIENCE_MS,
    // The outbox tries again for ever, and knows what was published; the library only bridges a change of leader.
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
    logLevel: logLevel.ERROR,
    logCreator:
      () =>
      ({ namespace, log: entry }) => {
        log(`kafka: ${namespace}: ${entry.message}`);
      },
  });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  let connected = false;
  return {
    publish: async (events) => {
      if (!connected) await producer.connect();
      connected = true;
      const messages = events.map((event) => ({
        key: event.subject,
        value: JSON.stringify(event),
        headers: { 'content-type': CONTENT_TYPE },
      }));
      await producer.send({ topic: TOPIC, messages });
    },
    close: async () => {
      if (connected) await producer.disconnect();
    },
  };
}
