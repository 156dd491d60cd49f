import type { Output } from '../application/ports.ts';

interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
}

/** Standard output or standard error: keeps the first failure of a write for the end, instead of ending the process. */
export class StandardOutput implements Output {
  readonly #stream: Stream;
  #failure: Error | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.on('error', (cause: Error) => {
      this.#failure ??= cause;
    });
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.#stream.columns;
  }

  /** Node asks the terminal, NO_COLOR and FORCE_COLOR. */
  hasColors(): boolean {
    return this.isTTY && this.#stream.hasColors?.() === true;
  }

  write(text: string): void {
    this.#stream.write(text, (cause) => {
      this.#failure ??= cause ?? undefined;
    });
  }

  /** Waits for what was written, and answers why it was lost; a reader that has seen enough is no failure. */
  async finish(): Promise<Error | undefined> {
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => {
        resolve();
      });
    });
    const failure = this.#failure;
    return failure !== undefined && 'code' in failure && failure.code === 'EPIPE' ? undefined : failure;
  }
}
