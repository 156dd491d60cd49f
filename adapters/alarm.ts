const MINUTE_MILLISECONDS = 60_000;
/** As many of the last minute as any alarm has to tell apart. */
const MOST_REMEMBERED = 100;

/** What happens again and again, without a calm in between. */
export interface Episode {
  readonly lastedMilliseconds: number;
  /** At most 100. */
  readonly inTheLastMinute: number;
}

export interface AlarmOptions {
  readonly isAlarming: (episode: Episode) => boolean;
  /** An episode is over when it has not happened for so long; who was called is called again once none was alarming for so long. */
  readonly calmMilliseconds: number;
  readonly now?: (() => number) | undefined;
}

/** Calls somebody once, so that what goes on for days is heard of once, and what comes back after a calm again. */
export class Alarm {
  readonly #options: AlarmOptions;
  #beganAt = 0;
  #lastAt = -Infinity;
  #lastAlarmingAt = -Infinity;
  #recent: number[] = [];

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** Notes that it has happened once more; true when somebody has to be called now. */
  happened(): boolean {
    const { isAlarming, calmMilliseconds, now = Date.now } = this.#options;
    const at = now();
    if (at - this.#lastAt >= calmMilliseconds) this.#beganAt = at;
    this.#lastAt = at;
    this.#recent = [...this.#recent.filter((one) => at - one < MINUTE_MILLISECONDS), at].slice(-MOST_REMEMBERED);
    if (!isAlarming({ lastedMilliseconds: at - this.#beganAt, inTheLastMinute: this.#recent.length })) return false;
    const rings = at - this.#lastAlarmingAt >= calmMilliseconds;
    this.#lastAlarmingAt = at;
    return rings;
  }
}
