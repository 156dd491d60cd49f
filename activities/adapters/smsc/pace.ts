import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** So much of a pause is left to chance, so that the binds of several workers do not come back together. */
const JITTER = 0.25;

interface PaceOptions {
  /** Default: 60 s. */
  readonly longestPauseMilliseconds?: number | undefined;
  /** From 0 up to 1, evenly spread. */
  readonly random?: () => number;
}

/** How fast one bind may go: slower for everybody when the SMSC throttles, at full speed again once it takes something. */
export class Pace {
  readonly #longest: number;
  readonly #random: () => number;
  #pause: number;
  #notBefore = 0;

  constructor({ longestPauseMilliseconds = LONGEST_PAUSE_MILLISECONDS, random = Math.random }: PaceOptions = {}) {
    this.#longest = longestPauseMilliseconds;
    this.#random = random;
    this.#pause = this.#first;
  }

  /** How long it is until the next request may go. */
  get restMilliseconds(): number {
    return Math.max(0, this.#notBefore - Date.now());
  }

  /** Resolves when the next request may go. */
  async turn(): Promise<void> {
    for (let rest = this.restMilliseconds; rest > 0; rest = this.restMilliseconds) await delay(rest);
  }

  /** The SMSC throttles: nothing goes for a while, and the next time for twice as long. Requests of the same moment count once. */
  slowDown(): void {
    if (Date.now() < this.#notBefore) return;
    this.#notBefore = Date.now() + Math.round(this.#pause * (1 - JITTER * this.#random()));
    this.#pause = Math.min(this.#pause * 2, this.#longest);
  }

  taken(): void {
    this.#pause = this.#first;
  }

  get #first(): number {
    return Math.min(FIRST_PAUSE_MILLISECONDS, this.#longest);
  }
}
