/** A name may stand several times in a message. */
export type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/** A message of a topic: octets as Kafka has them. */
export interface BusMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}

export interface OutgoingMessage {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Headers;
}

/** A batch of one partition, to be handled in order; what is marked done is committed once everything before it is done. */
export interface BusBatch {
  readonly messages: readonly BusMessage[];
  /** Keeps the membership of the group alive during long work. */
  heartbeat(): Promise<void>;
  /** False when the partition was taken away or the process stops: leave the rest to the next owner. */
  isCurrent(): boolean;
}

export interface Subscription {
  /** Settles when reading has ended: with the cause, when the client gave up. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}
