import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** How fast one bind may go: slower for everybody when the SMSC throttles, at full speed again once it takes something. */
export class Pace {
  #pause = FIRST_PAUSE_MILLISECONDS;
  #notBefore = 0;

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
    this.#notBefore = Date.now() + this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }

  taken(): void {
    this.#pause = FIRST_PAUSE_MILLISECONDS;
  }
}
