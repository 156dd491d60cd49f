import { Window } from './window.ts';

/** Questions that may be unanswered at once: an SMSC that ignores them takes no more of the bind's window than this. */
const PLACES = 2;
/** As many more may wait as a long packet has segments. */
const MOST_WAITING = 48;
/** How long one waits for its place. With its turn and its answer that is shorter than an attempt at a step may take. */
const WAIT_MILLISECONDS = 2_000;
/** An SMSC that has left a question unanswered is asked nothing for so long. */
const REST_MILLISECONDS = 60_000;

/** Questions to one SMSC beside the segments of its bind. An answer is only a hint: what can't be asked soon is not asked at all. */
export class Questions {
  /** The window of the bind: a question goes ahead of the segments that wait, since there are few. */
  readonly #window: Window;
  readonly #places = new Window(PLACES);
  /** In a place, or waiting for one. */
  #open = 0;
  #notBefore = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Undefined when nothing was asked, or nothing was answered: a question that resolves to undefined was ignored by the SMSC. */
  async ask<Answer>(question: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    if (this.#rests || this.#open >= PLACES + MOST_WAITING) return undefined;
    const until = Date.now() + WAIT_MILLISECONDS;
    this.#open += 1;
    try {
      return await this.#places.runWithin(WAIT_MILLISECONDS, () =>
        this.#window.runWithin(until - Date.now(), () => this.#put(question), { ahead: true }),
      );
    } finally {
      this.#open -= 1;
    }
  }

  get #rests(): boolean {
    return Date.now() < this.#notBefore;
  }

  async #put<Answer>(question: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    // Another one may have been ignored while this one waited.
    if (this.#rests) return undefined;
    const answer = await question();
    if (answer === undefined) this.#notBefore = Date.now() + REST_MILLISECONDS;
    return answer;
  }
}
