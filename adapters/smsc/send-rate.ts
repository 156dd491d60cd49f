import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** So much of a pause is left to chance, so that the binds of several workers do not come back together. */
const JITTER = 0.25;

interface SendRateOptions {
  /** Default: 60 s. */
  readonly longestPauseMilliseconds?: number | undefined;
  /** From 0 up to 1, evenly spread. */
  readonly random?: () => number;
  /** Resolves after so many milliseconds; default: by the clock. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/**
 * How fast one bind may go: when the SMSC throttles, nothing goes for a while, each time for twice as long. Then one request goes alone,
 * and the others follow once the SMSC has taken it.
 */
export class SendRate {
  readonly #longest: number;
  readonly #random: () => number;
  readonly #sleep: (milliseconds: number) => Promise<unknown>;
  #pause: number;
  #notBefore = 0;
  /** The request that goes alone after a pause; until it is answered, or a pause is over, no other goes. */
  #trial: 'due' | 'under way' | undefined;
  #trialUntil = 0;

  constructor({
    longestPauseMilliseconds = LONGEST_PAUSE_MILLISECONDS,
    random = Math.random,
    sleep = delay,
  }: SendRateOptions = {}) {
    this.#longest = longestPauseMilliseconds;
    this.#random = random;
    this.#sleep = sleep;
    this.#pause = this.#first;
  }

  /** How long it is until a request may go that asks now. */
  get restMilliseconds(): number {
    const until = this.#trial === 'under way' ? this.#trialUntil : this.#notBefore;
    return Math.max(0, until - Date.now());
  }

  /** Waits as long as it looks now; false when it is no request's turn by then, since another one goes first or the SMSC has throttled. */
  async turn(): Promise<boolean> {
    const rest = this.restMilliseconds;
    if (rest > 0) await this.#sleep(rest);
    if (this.restMilliseconds > 0) return false;
    if (this.#trial === undefined) return true;
    this.#trial = 'under way';
    this.#trialUntil = Date.now() + this.#first;
    return true;
  }

  /** The SMSC throttles: nothing goes for a while, and the next time for twice as long. Requests of the same moment count once. */
  slowDown(): void {
    if (Date.now() < this.#notBefore) return;
    this.#notBefore = Date.now() + Math.round(this.#pause * (1 - JITTER * this.#random()));
    this.#pause = Math.min(this.#pause * 2, this.#longest);
    this.#trial = 'due';
  }

  /** The SMSC has taken a request: the others may go, and the next pause is a short one again. */
  taken(): void {
    this.#pause = this.#first;
    this.#trial = undefined;
  }

  get #first(): number {
    return Math.min(FIRST_PAUSE_MILLISECONDS, this.#longest);
  }
}
