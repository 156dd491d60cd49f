import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, type Log } from '../support/log.ts';
import { shuffled } from '../support/seeded-random.ts';
import type { HlrEvent } from './events.ts';
import type { OperatorFaults } from './faults.ts';

/** Publishes events in order; rejects when it is not known that all of them arrived. */
export interface EventPublisher {
  publish(events: readonly HlrEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** An event, and the number of facts that are published once it is. */
export interface PendingEvent {
  readonly position: number;
  readonly event: HlrEvent;
}

interface EventOutboxOptions {
  readonly pending: readonly PendingEvent[];
  readonly publisher: EventPublisher;
  /** Called with the position up to which every event is published; what it says must be durable. */
  readonly markPublished: (position: number) => void;
  readonly faults: OperatorFaults;
  readonly log: Log;
}

const BATCH = 200;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;
/** How long a plan with `reorderEvents` lets events gather, so that there is an order to change. */
const REORDER_GATHERING_MS = 200;
const STOP_PATIENCE_MS = 500;

/** Publishes events at least once, in the order of their facts, and tries again for as long as the broker is away. */
export class EventOutbox {
  readonly #options: EventOutboxOptions;
  readonly #pending: PendingEvent[];
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #wake: () => void = () => undefined;

  constructor(options: EventOutboxOptions) {
    this.#options = options;
    this.#pending = [...options.pending];
    this.#running = this.#run();
  }

  add(events: readonly PendingEvent[]): void {
    this.#pending.push(...events);
    this.wake();
  }

  /** To be called when the fault plan changes. */
  wake(): void {
    this.#wake();
  }

  /** Ends promptly; what is not published yet stays in the journal for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    const closed = this.#running.then(() => this.#options.publisher.close());
    await Promise.race([closed, wait(STOP_PATIENCE_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { faults, log } = this.#options;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stopping.signal.aborted) {
      if (this.#pending.length === 0 || faults.plan.holdEvents === true) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        await this.#publishBatch();
        if (backoffMs > FIRST_BACKOFF_MS) log('events are published again');
        backoffMs = FIRST_BACKOFF_MS;
      } catch (cause) {
        if (backoffMs === FIRST_BACKOFF_MS)
          log(`events cannot be published, trying again for ever: ${messageOf(cause)}`);
        await this.#pause(backoffMs);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  }

  async #publishBatch(): Promise<void> {
    const { publisher, markPublished, faults } = this.#options;
    if (faults.plan.reorderEvents === true) await this.#pause(REORDER_GATHERING_MS);
    const batch = this.#pending.slice(0, BATCH);
    const last = batch.at(-1);
    if (last === undefined || this.#stopping.signal.aborted) return;
    const inOrder = batch.map(({ event }) => event);
    const events = faults.plan.reorderEvents === true ? shuffled(inOrder, faults.random) : inOrder;
    await publisher.publish(faults.plan.duplicateEvents === true ? events.flatMap((event) => [event, event]) : events);
    this.#pending.splice(0, batch.length);
    markPublished(last.position);
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    // Only stop() aborts the wait, and the loop looks at the signal next.
    await wait(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
