import { sleep } from '@temporalio/workflow';

const LONGEST_SECONDS = 24 * 3_600;

/**
 * Rings after the given time, then after twice that time, and so on, at most a day apart, but never later than the deadline
 * while that lies ahead. One timer at a time; one that still runs when the workflow ends costs nothing. To be armed where nothing is
 * cancelled: its timers live in the scope that makes it.
 */
export class Alarm {
  #rang = false;
  #intervalSeconds: number;

  constructor(
    firstSeconds: number,
    private readonly deadline: number,
  ) {
    this.#intervalSeconds = firstSeconds;
    this.#arm();
  }

  get rang(): boolean {
    return this.#rang;
  }

  get deadlinePassed(): boolean {
    return Date.now() >= this.deadline;
  }

  /** True once per ring; the next ring is then armed. */
  takeRing(): boolean {
    if (!this.#rang) return false;
    this.#rang = false;
    this.#intervalSeconds = Math.min(this.#intervalSeconds * 2, LONGEST_SECONDS);
    this.#arm();
    return true;
  }

  #arm(): void {
    const untilDeadline = this.deadline - Date.now();
    const interval = this.#intervalSeconds * 1_000;
    const milliseconds = untilDeadline > 0 ? Math.min(interval, untilDeadline) : interval;
    void sleep(milliseconds, { summary: 'ask the HLR of the target without an event' }).then(() => {
      this.#rang = true;
    });
  }
}
