import {
  Partitioners,
  type ICustomPartitioner,
  type Kafka,
  type Message,
  type Producer,
  type RecordMetadata,
  type TopicMessages,
} from 'kafkajs';

/** The place of a message in its topic. */
export interface Published {
  readonly partition: number;
  readonly offset: number;
}

/** Jobs in one request; more wait for the next. */
const MOST_TOGETHER = 1_000;
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

interface Job extends TopicMessages {
  readonly resolve: (places: Published[]) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * One connection that sends one request at a time: what is asked for meanwhile is gathered and goes with the next, in the order
 * of asking. A quiet process waits for nothing; a busy one makes few requests.
 */
export class GatheringProducer {
  readonly #kafka: Kafka;
  /** Where the partitioner put each message that is under way. */
  readonly #partitions = new WeakMap<object, number>();
  #producer: Promise<Producer> | undefined;
  #waiting: Job[] = [];
  #sending = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Resolves to the place of each message once all in-sync replicas have it. */
  send(topic: string, messages: Message[]): Promise<Published[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic, messages, resolve, reject });
      void this.#sendWaiting();
    });
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined);
    await producer?.disconnect();
  }

  async #sendWaiting(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0) await this.#sendTogether(this.#waiting.splice(0, MOST_TOGETHER));
    this.#sending = false;
  }

  async #sendTogether(jobs: readonly Job[]): Promise<void> {
    const byTopic = new Map<string, Message[]>();
    for (const { topic, messages } of jobs) {
      const gathered = byTopic.get(topic);
      if (gathered === undefined) byTopic.set(topic, [...messages]);
      else gathered.push(...messages);
    }
    const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
    try {
      const producer = await this.#connected();
      const next = nextOffsets(await producer.sendBatch({ acks: -1, topicMessages }));
      for (const { topic, messages, resolve } of jobs)
        resolve(messages.map((message) => this.#place(next, topic, message)));
    } catch (cause) {
      if (jobs.length > 1 && isTooLarge(cause)) for (const job of jobs) await this.#sendTogether([job]);
      else for (const { reject } of jobs) reject(cause);
    }
  }

  #place(next: Map<string, number>, topic: string, message: object): Published {
    const partition = this.#partitions.get(message) ?? 0;
    const key = `${topic}/${String(partition)}`;
    const offset = next.get(key) ?? -1;
    next.set(key, offset + 1);
    return { partition, offset };
  }

  async #connected(): Promise<Producer> {
    this.#producer ??= this.#connect().catch((cause: unknown) => {
      this.#producer = undefined;
      throw cause;
    });
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const byKey = Partitioners.DefaultPartitioner();
    const createPartitioner: ICustomPartitioner = () => (choice) => {
      const partition = byKey(choice);
      this.#partitions.set(choice.message, partition);
      return partition;
    };
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, createPartitioner });
    await producer.connect();
    return producer;
  }
}

/** The request was refused for its size: only the message that is too large by itself has to fail. */
const isTooLarge = (cause: unknown): boolean =>
  cause instanceof Error && 'type' in cause && TOO_LARGE.has(String(cause.type));

/** The offset of the first message that went to each partition. */
const nextOffsets = (appended: readonly RecordMetadata[]): Map<string, number> =>
  new Map(
    appended.map(({ topicName, partition, baseOffset }) => [
      `${topicName}/${String(partition)}`,
      Number(baseOffset ?? -1),
    ]),
  );
