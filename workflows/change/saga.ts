import { CancellationScope, log } from '@temporalio/workflow';
import { reasonOf, type Reason } from '../shared/failures.ts';

/** What takes a step back; it is told why. The name reads on from "could not …". */
export interface Undo {
  readonly name: string;
  readonly run: (because: Reason) => Promise<void>;
}

export type Rollback =
  { readonly complete: true } | { readonly complete: false; readonly stuck: string; readonly reason: Reason };

/**
 * The undos of one change, oldest step first. Each is registered before the step it undoes: a step that times out may still have
 * happened. An earlier, lost workflow of the change may have done any step, so that everything has to be undone then.
 */
export class Saga {
  readonly #undos: readonly Undo[];
  readonly #registered: Set<Undo>;

  constructor(undos: readonly Undo[], { mayHaveHappened }: { readonly mayHaveHappened: boolean }) {
    this.#undos = undos;
    this.#registered = new Set(mayHaveHappened ? undos : []);
  }

  undoBy(undo: Undo): void {
    if (!this.#undos.includes(undo)) throw new Error(`the undo "${undo.name}" has no place in the order of undos`);
    this.#registered.add(undo);
  }

  /** What this would undo can no longer be undone, or need not be. */
  settle(undo: Undo): void {
    this.#registered.delete(undo);
  }

  /**
   * Undoes newest first and stops at the first undo that fails, since older undos assume that the newer ones worked;
   * called again, it goes on with that one. Runs to its end even when the change is cancelled.
   */
  async rollBack(because: Reason): Promise<Rollback> {
    return CancellationScope.nonCancellable(async () => {
      for (const undo of this.#undos.filter((each) => this.#registered.has(each)).reverse()) {
        try {
          await undo.run(because);
          this.#registered.delete(undo);
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
