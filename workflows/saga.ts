import { CancellationScope, log } from '@temporalio/workflow';
import { reasonOf, type Reason } from './failures.ts';

export type Rollback =
  { readonly complete: true } | { readonly complete: false; readonly stuck: string; readonly reason: Reason };

/** Undo steps of one change. Each is registered before the step it undoes: a step that times out may still have happened. */
export class Saga {
  readonly #steps: { readonly name: string; readonly undo: () => Promise<void> }[] = [];

  undoBy(name: string, undo: () => Promise<void>): void {
    this.#steps.push({ name, undo });
  }

  /** Drops the newest undo: what it would undo can no longer be undone, or need not be. */
  settle(): void {
    this.#steps.pop();
  }

  /**
   * Undoes newest first and stops at the first undo that fails, since older undos assume that the newer ones worked;
   * called again, it goes on with that one. Runs to its end even when the change is cancelled.
   */
  async rollBack(): Promise<Rollback> {
    return CancellationScope.nonCancellable(async () => {
      for (let step = this.#steps.at(-1); step !== undefined; step = this.#steps.at(-1)) {
        try {
          await step.undo();
          this.#steps.pop();
        } catch (cause) {
          const reason = reasonOf(cause);
          log.warn('rollback stopped', { step: step.name, code: reason.code });
          return { complete: false, stuck: step.name, reason };
        }
      }
      return { complete: true };
    });
  }
}
