import { ChangeBench } from '../support/change-bench.ts';
import type { ChangeBuilder } from '../support/change-builder.ts';
import { runOther, type OtherWorkflow, type Queues } from '../support/other-workflow.ts';

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

/** A server for the tests of one file, for workflows that change no card. */
export function serverForThisFile(): { run<Answer>(workflow: OtherWorkflow, queues: Queues): Promise<Answer> } {
  let bench: ChangeBench | undefined;
  beforeAll(async () => {
    bench = await ChangeBench.start();
  });
  afterAll(async () => {
    await bench?.stop();
  });
  return {
    run: async <Answer>(workflow: OtherWorkflow, queues: Queues) => {
      if (bench === undefined) throw new Error('the server has not been started');
      return (await runOther(bench, workflow, queues)).answer as Answer;
    },
  };
}
