import { CancellationScope } from '@temporalio/workflow';

/** One piece of work beside all else: what begins anew replaces what has not ended, of which nothing is heard then. */
export class Background {
  #scope: CancellationScope | undefined;

  begin(work: () => Promise<void>, done: () => void, failed: (cause: unknown) => void): void {
    this.stop();
    const scope = new CancellationScope();
    this.#scope = scope;
    void scope.run(work).then(
      () => {
        if (!scope.consideredCancelled) done();
      },
      (cause: unknown) => {
        if (!scope.consideredCancelled) failed(cause);
      },
    );
  }

  stop(): void {
    this.#scope?.cancel();
  }
}
