import { CancellationScope, log } from '@temporalio/workflow';
import { reasonOf, type Reason } from './failures.ts';

/** What takes a step back; it is told why. The name reads on from "could not …". */
export interface Undo {
  readonly name: string;
  readonly run: (because: Reason) => Promise<void>;
}

export type Rollback =
  { readonly complete: true } | { readonly complete: false; readonly stuck: string; readonly reason: Reason };

/** Undo steps of one change. Each is registered before the step it undoes: a step that times out may still have happened. */
export class Saga {
  readonly #undos: Undo[];

  /** Begins with what has to be undone already, oldest first. */
  constructor(undos: readonly Undo[]) {
    this.#undos = [...undos];
  }

  /** Registers an undo; one that is registered already keeps its place. */
  undoBy(undo: Undo): void {
    if (!this.#undos.includes(undo)) this.#undos.push(undo);
  }

  /** Drops the newest undo: what it would undo can no longer be undone, or need not be. */
  settle(): void {
    this.#undos.pop();
  }

  /**
   * Undoes newest first and stops at the first undo that fails, since older undos assume that the newer ones worked;
   * called again, it goes on with that one. Runs to its end even when the change is cancelled.
   */
  async rollBack(because: Reason): Promise<Rollback> {
    return CancellationScope.nonCancellable(async () => {
      for (let undo = this.#undos.at(-1); undo !== undefined; undo = this.#undos.at(-1)) {
        try {
          await undo.run(because);
          this.#undos.pop();
        } catch (cause) {
          const reason = reasonOf(cause);
          log.warn('rollback stopped', { step: undo.name, code: reason.code });
          return { complete: false, stuck: undo.name, reason };
        }
      }
      return { complete: true };
    });
  }
}
