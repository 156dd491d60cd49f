import type { Consumer } from 'kafkajs';
import type { BusMessage } from './messages.ts';

const AT_MOST_EVERY_MILLISECONDS = 250;

/**
 * Commits how far each partition has been handled, a few times a second rather than after every batch. What a crash leaves
 * uncommitted is delivered again, which every reader has to bear anyway.
 */
export class OffsetCommitter {
  readonly #consumer: Consumer;
  readonly #log: (level: 'warn', message: string) => void;
  #handled = new Map<string, BusMessage>();
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, log: (level: 'warn', message: string) => void) {
    this.#consumer = consumer;
    this.#log = log;
  }

  /** Everything of the partition up to this message has been handled. */
  handled(last: BusMessage): void {
    this.#handled.set(`${last.topic}/${String(last.partition)}`, last);
    this.#timer ??= setTimeout(() => void this.flush(), AT_MOST_EVERY_MILLISECONDS);
  }

  /** After a rebalance: what is not committed yet will be delivered again, perhaps to somebody else. */
  forget(): void {
    this.#handled = new Map();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const offsets = [...this.#handled.values()].map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: (BigInt(offset) + 1n).toString(),
    }));
    this.#handled = new Map();
    if (offsets.length === 0) return;
    try {
      await this.#consumer.commitOffsets(offsets);
    } catch (cause) {
      this.#log(
        'warn',
        `offsets were not committed, so their events may be delivered again: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }
}
