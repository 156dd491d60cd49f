/** Lets so many pieces of work run at once; the others wait, first come, first served. */
export class Window {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(size: number) {
    this.#size = size;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    return this.#inPlace(work);
  }

  /** Does the work if there is a place for it in time; `ahead`: before all that wait. Otherwise undefined, and it is never begun. */
  async runWithin<Result>(
    milliseconds: number,
    work: () => Promise<Result>,
    { ahead = false }: { readonly ahead?: boolean } = {},
  ): Promise<Result | undefined> {
    if (!this.#isFull) this.#running += 1;
    else if (!(await this.#placeWithin(milliseconds, ahead))) return undefined;
    return this.#inPlace(work);
  }

  get #isFull(): boolean {
    return this.#running >= this.#size;
  }

  #placeWithin(milliseconds: number, ahead: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        resolve(false);
      }, milliseconds);
      if (ahead) this.#waiting.unshift(begin);
      else this.#waiting.push(begin);
    });
  }

  async #inPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      // The place goes to the next in line, if there is one.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
