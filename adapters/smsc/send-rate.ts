import { setTimeout as delay } from 'node:timers/promises';
import { Rate } from './rate.ts';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** So much of a pause is left to chance, so that the binds of several workers do not come back together. */
const JITTER = 0.25;

interface PaceOptions {
  /** Default: 60 s. */
  readonly longestPauseMilliseconds?: number | undefined;
  /** From 0 up to 1, evenly spread. */
  readonly random?: () => number;
  /** Resolves after so many milliseconds; default: by the clock. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** How fast one bind may go: when the SMSC throttles, nothing goes for a while, and then what goes does so slower, for everybody. */
export class Pace {
  readonly #longest: number;
  readonly #random: () => number;
  readonly #sleep: (milliseconds: number) => Promise<unknown>;
  readonly #rate = new Rate();
  #pause: number;
  #notBefore = 0;
  /** Requests that wait for their turn. */
  #waiting = 0;

  constructor({
    longestPauseMilliseconds = LONGEST_PAUSE_MILLISECONDS,
    random = Math.random,
    sleep = delay,
  }: PaceOptions = {}) {
    this.#longest = longestPauseMilliseconds;
    this.#random = random;
    this.#sleep = sleep;
    this.#pause = this.#first;
  }

  /** How long it is until a request may go that asks now. */
  get restMilliseconds(): number {
    return this.#rate.restMilliseconds(this.#waiting);
  }

  /** Waits as long as it looks now; false when it is no request's turn by then, since the SMSC has throttled meanwhile. */
  async turn(): Promise<boolean> {
    const rest = this.restMilliseconds;
    if (rest > 0) {
      this.#waiting += 1;
      await this.#sleep(rest);
      this.#waiting -= 1;
    }
    return this.#rate.take();
  }

  /** The SMSC throttles: nothing goes for a while, and the next time for twice as long; afterwards half as fast. Requests of the same moment count once. */
  slowDown(): void {
    if (Date.now() < this.#notBefore) return;
    this.#notBefore = Date.now() + Math.round(this.#pause * (1 - JITTER * this.#random()));
    this.#pause = Math.min(this.#pause * 2, this.#longest);
    this.#rate.halve(this.#notBefore);
  }

  /** The SMSC has taken a request: the next pause is a short one again. The rate comes back by itself, and slowly. */
  taken(): void {
    this.#pause = this.#first;
    this.#rate.taken();
  }

  get #first(): number {
    return Math.min(FIRST_PAUSE_MILLISECONDS, this.#longest);
  }
}
