import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { ChangeBench } from '../support/change-bench.ts';
import type { ChangeBuilder } from '../support/change-builder.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

/** A bench for the tests of one file. After each test no card may have been left without service at any moment. */
export function benchForThisFile(server: 'timeSkipping' | 'dev' = 'timeSkipping'): { change(): ChangeBuilder } {
  let bench: ChangeBench | undefined;
  beforeAll(async () => {
    bench = await ChangeBench.start(server);
  });
  afterEach(async () => {
    expect(await bench?.clear()).toEqual([]);
  });
  afterAll(async () => {
    await bench?.stop();
  });
  return {
    change: () => {
      if (bench === undefined) throw new Error('the bench has not been started');
      return bench.change();
    },
  };
}

/** What runs on each task queue, by what stands behind the prefix in its name. */
type Queues = Readonly<Record<string, object>>;

/** A server for the tests of one file, for workflows that change no card. */
export function serverForThisFile(): {
  run<Answer>(workflow: { readonly type: string; readonly args: readonly unknown[] }, queues: Queues): Promise<Answer>;
} {
  let bench: ChangeBench | undefined;
  beforeAll(async () => {
    bench = await ChangeBench.start();
  });
  afterAll(async () => {
    await bench?.stop();
  });
  return {
    run: async <Answer>({ type, args }: { type: string; args: readonly unknown[] }, queues: Queues) => {
      if (bench === undefined) throw new Error('the server has not been started');
      const { environment, dataConverter } = bench;
      const taskQueue = randomUUID();
      const bundle = await workflowBundle();
      const [orchestrator, ...others] = await Promise.all(
        Object.entries({ '': {}, ...queues }).map(([queue, activities]) =>
          Worker.create({
            ...{
              connection: environment.nativeConnection,
              dataConverter,
              taskQueue: `${taskQueue}${queue}`,
              activities,
            },
            ...(queue === '' && { workflowBundle: bundle }),
          }),
        ),
      );
      if (orchestrator === undefined) throw new Error('there is no queue for workflows');
      const running = others.map((worker) => worker.run());
      const answer: unknown = await orchestrator.runUntil(
        environment.client.workflow.execute(type, { workflowId: randomUUID(), taskQueue, args: [...args] }),
      );
      for (const worker of others) worker.shutdown();
      await Promise.all(running);
      return answer as Answer;
    },
  };
}
