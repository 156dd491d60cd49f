export interface CountedAlarmOptions {
  /** Nobody is called again for so long, however often it happens. */
  readonly restMilliseconds: number;
  /** Calls somebody: to how many it has happened since the last call, and to which one last. */
  readonly call: (count: number, last: string) => void;
  /** Default: a timer, for which no process stays up. */
  readonly later?: ((action: () => void, milliseconds: number) => void) | undefined;
}

/** Calls somebody at once, and again once in so long at most; each call has the number of those to which it happened since the one before. */
export class CountedAlarm {
  readonly #options: CountedAlarmOptions;
  readonly #since = new Set<string>();
  #isResting = false;

  constructor(options: CountedAlarmOptions) {
    this.#options = options;
  }

  happenedTo(one: string): void {
    // The last one stands last.
    this.#since.delete(one);
    this.#since.add(one);
    if (!this.#isResting) this.#call();
  }

  #call(): void {
    const { restMilliseconds, call, later = onTimer } = this.#options;
    const all = [...this.#since];
    this.#since.clear();
    this.#isResting = true;
    later(() => {
      this.#isResting = false;
      if (this.#since.size > 0) this.#call();
    }, restMilliseconds);
    call(all.length, all.at(-1) ?? '');
  }
}

const onTimer = (action: () => void, milliseconds: number): void => {
  setTimeout(action, milliseconds).unref();
};
