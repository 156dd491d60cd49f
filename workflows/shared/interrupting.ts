import { CancellationScope, condition } from '@temporalio/workflow';

/** Does what may take long; cancels it, and throws that, as soon as `isInterrupted`. */
export async function interrupting<Output>(work: () => Promise<Output>, isInterrupted: () => boolean): Promise<Output> {
  const scope = new CancellationScope();
  const working = scope.run(work);
  await Promise.race([working.catch(() => undefined), condition(isInterrupted)]);
  scope.cancel();
  return working;
}
