import { readFileSync } from 'node:fs';
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { failure } from '../../workflows/shared/failures.ts';
import { GatheringProducer, type Published } from './gathering-producer.ts';
import type { BusBatch, OutgoingMessage, Subscription } from './messages.ts';
import { readBatches } from './read-batches.ts';
import { readTopic, type TopicReading } from './read-topic.ts';
import { quietRequestQueue } from './quiet-request-queue.ts';

export interface EventBusOptions {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly passwordFile: string;
      }
    | undefined;
  readonly log: (level: 'error' | 'warn' | 'info', message: string) => void;
}

const NOT_A_FAULT = /coordinator|COORDINATOR|rebalanc|REBALANC|restarting the consumer/i;
const BACKOFF = { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 };

/** The seam around the Kafka client: one producer and any number of subscriptions per process. */
export class EventBus {
  readonly #kafka: Kafka;
  readonly #options: EventBusOptions;
  readonly #producer: GatheringProducer;

  constructor(options: EventBusOptions) {
    quietRequestQueue();
    this.#options = options;
    this.#kafka = new Kafka(clientConfig(options));
    this.#producer = new GatheringProducer(this.#kafka);
  }

  /** Creates the topics that are missing, each with its settings; returns their names. */
  async createTopics(
    topics: Readonly<Record<string, Readonly<Record<string, string>>>>,
    numPartitions: number,
    replicationFactor: number,
  ): Promise<string[]> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      const existing = new Set(await admin.listTopics());
      const missing = Object.entries(topics).filter(([topic]) => !existing.has(topic));
      if (missing.length > 0) {
        await admin.createTopics({
          waitForLeaders: true,
          topics: missing.map(([topic, settings]) => ({
            ...{ topic, numPartitions, replicationFactor },
            configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
          })),
        });
      }
      return missing.map(([topic]) => topic);
    } finally {
      await admin.disconnect();
    }
  }

  /**
   * Appends messages to a topic, in order within a partition, acknowledged by all in-sync replicas; at least once.
   * Resolves to the place of each message. Throws KAFKA_UNREACHABLE.
   */
  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<Published[]> {
    try {
      return await this.#producer.send(
        topic,
        messages.map(({ key, value, headers }) => ({ key, value, ...(headers && { headers }) })),
      );
    } catch (cause) {
      throw failure(
        'KAFKA_UNREACHABLE',
        `nothing could be published to ${topic}: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }

  /** Hands every batch of the topics to the handler; an offset is committed only after the handler has returned. */
  async subscribe(
    groupId: string,
    topics: readonly string[],
    handle: (batch: BusBatch) => Promise<void>,
  ): Promise<Subscription> {
    const consumer = this.#kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 500,
      sessionTimeout: 10_000,
      heartbeatInterval: 2_000,
      retry: { ...BACKOFF, restartOnFailure: () => Promise.resolve(true) },
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    return readBatches(consumer, handle, this.#options.log);
  }

  /** Shows a topic to somebody who looks; commits nothing. */
  read(topic: string, reading: TopicReading): Promise<void> {
    return readTopic(this.#kafka, topic, reading);
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

function clientConfig({ clientId, brokers, tls, sasl, log }: EventBusOptions): KafkaConfig {
  return {
    clientId,
    brokers: [...brokers],
    retry: BACKOFF,
    connectionTimeout: 3_000,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const said = `kafka: ${entry.log.message}${typeof entry.log['error'] === 'string' ? `: ${entry.log['error']}` : ''}`;
      if (!NOT_A_FAULT.test(said)) log(entry.level === logLevel.ERROR ? 'error' : 'warn', said);
    },
    ...kafkaSecurity({ tls, sasl }),
  };
}

/** TLS and SASL as kafkajs wants them, read from their files. */
export function kafkaSecurity({
  tls,
  sasl,
}: Partial<Pick<EventBusOptions, 'tls' | 'sasl'>>): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  return {
    ...(tls && {
      ssl: {
        ...(tls.ca && { ca: [readFileSync(tls.ca)] }),
        ...(tls.cert && { cert: readFileSync(tls.cert) }),
        ...(tls.key && { key: readFileSync(tls.key) }),
      },
    }),
    ...(sasl && { sasl: saslOptions(sasl) }),
  };
}

function saslOptions({ mechanism, username, passwordFile }: NonNullable<EventBusOptions['sasl']>): SASLOptions {
  const password = readFileSync(passwordFile, 'utf8').trim();
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
