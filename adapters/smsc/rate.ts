/** Slower than one request a second no bind is made by this: an SMSC that takes even less is left alone in pauses (pace.ts). */
const LOWEST_PER_SECOND = 1;
/** So many a second more may go after each second without throttling. */
const GAIN_PER_SECOND = 1;
/** What a bind that has hardly sent anything may come back to before it is let go. */
const LEAST_CEILING_PER_SECOND = 10;
/** A part of a second: what a bind that was quiet may send at once. */
const BURST_SECONDS = 0.1;
const SECOND_MILLISECONDS = 1_000;

/** A limit while there is one. */
interface Limit {
  readonly perSecond: number;
  /** Requests that may go at once. */
  readonly tokens: number;
  /** When that was so; later than now while the bind rests. */
  readonly at: number;
}

/**
 * The rate of one bind: a token bucket whose limit is halved each time that the SMSC throttles and rises by one request a second each
 * second after that. Without a limit at first, and again once it has come to twice what the SMSC had taken when it began to throttle:
 * whatever throttles then throttles at another rate, and is measured anew.
 */
export class Rate {
  #limit: Limit | undefined;
  #ceiling = 0;
  /** What was taken in this second of the clock and in the one before. */
  #second = 0;
  #taken = 0;
  #takenBefore = 0;

  /** How long it is until a request may go that has so many others before it. */
  restMilliseconds(ahead: number): number {
    const limit = this.#limitNow();
    if (limit === undefined) return 0;
    const rest = limit.at - Date.now() + ((ahead + 1 - limit.tokens) / limit.perSecond) * SECOND_MILLISECONDS;
    return Math.max(0, Math.ceil(rest));
  }

  /** Takes the token of one request; false when there is none yet. */
  take(): boolean {
    if (this.restMilliseconds(0) > 0) return false;
    if (this.#limit !== undefined) this.#limit = { ...this.#limit, tokens: this.#limit.tokens - 1 };
    return true;
  }

  /** The SMSC has taken a request. */
  taken(): void {
    this.#turnSecond();
    this.#taken += 1;
  }

  /** The SMSC throttles, and the bind rests until then: afterwards one request goes, and others half as fast as before. */
  halve(until: number): void {
    this.#turnSecond();
    const measured = Math.max(this.#taken, this.#takenBefore);
    const before = this.#limitNow()?.perSecond;
    if (before === undefined) this.#ceiling = Math.max(LEAST_CEILING_PER_SECOND, 2 * measured);
    this.#limit = { perSecond: Math.max(LOWEST_PER_SECOND, (before ?? measured) / 2), tokens: 1, at: until };
  }

  #limitNow(): Limit | undefined {
    const limit = this.#limit;
    if (limit === undefined) return undefined;
    const seconds = (Date.now() - limit.at) / SECOND_MILLISECONDS;
    if (seconds <= 0) return limit;
    const perSecond = limit.perSecond + GAIN_PER_SECOND * seconds;
    const tokens = Math.min(Math.max(1, perSecond * BURST_SECONDS), limit.tokens + limit.perSecond * seconds);
    this.#limit = perSecond < this.#ceiling ? { perSecond, tokens, at: Date.now() } : undefined;
    return this.#limit;
  }

  #turnSecond(): void {
    const second = Math.floor(Date.now() / SECOND_MILLISECONDS);
    if (second === this.#second) return;
    this.#takenBefore = second === this.#second + 1 ? this.#taken : 0;
    this.#taken = 0;
    this.#second = second;
  }
}
