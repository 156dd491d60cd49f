import { condition, sleep } from '@temporalio/workflow';

/**
 * Waits for a time or for something else. At most one timer is armed for any time ahead, and one that is still armed when the
 * workflow ends costs nothing, while a wait with a time-out would cost two events of history each time. To be used where nothing is
 * cancelled: its timers live in the scope that arms them.
 */
export class Clock {
  /** When the timers ring that are armed. */
  readonly #armed = new Set<number>();
  #rings = 0;

  /** Resolves when it is that time, or a timer armed earlier rings, or as soon as `isTrue`. */
  async waitUntil(time: number | undefined, isTrue: () => boolean): Promise<void> {
    if (time !== undefined && ![...this.#armed].some((armed) => armed <= time)) this.#arm(time);
    const before = this.#rings;
    await condition(() => isTrue() || this.#rings > before);
  }

  #arm(time: number): void {
    this.#armed.add(time);
    void sleep(Math.max(1, time - Date.now()), { summary: 'look at the change again' }).then(() => {
      this.#armed.delete(time);
      this.#rings += 1;
    });
  }
}
