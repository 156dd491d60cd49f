import { randomUUID } from 'node:crypto';
import type { History } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import type { ChangeBench } from './change-bench.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** What runs on each task queue, by what stands behind the prefix in its name; the empty name is the queue of the workflows. */
export type Queues = Readonly<Record<string, object>>;

export interface OtherWorkflow {
  readonly type: string;
  readonly args: readonly unknown[];
}

/** Runs a workflow that is no change to its end, between these activities, on the server of a bench. */
export async function runOther(
  { environment, dataConverter }: ChangeBench,
  { type, args }: OtherWorkflow,
  queues: Queues,
): Promise<{ readonly answer: unknown; history(): Promise<History> }> {
  const taskQueue = randomUUID();
  const bundle = await workflowBundle();
  const workers = await Promise.all(
    Object.entries({ '': {}, ...queues }).map(([queue, activities]) =>
      Worker.create({
        ...{ connection: environment.nativeConnection, dataConverter, taskQueue: `${taskQueue}${queue}`, activities },
        // It is in the names of sticky queues, and usually that of the machine.
        identity: 'bench',
        ...(queue === '' && { workflowBundle: bundle }),
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  try {
    const handle = await environment.client.workflow.start(type, {
      workflowId: randomUUID(),
      taskQueue,
      args: [...args],
    });
    const answer: unknown = await handle.result();
    return { answer, history: () => handle.fetchHistory() };
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}
