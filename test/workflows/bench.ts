import { ChangeBench } from '../support/change-bench.ts';
import type { ChangeBuilder } from '../support/change-builder.ts';

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
