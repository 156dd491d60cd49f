import type { StepName } from '../../support/network-plan.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

const OWN: readonly StepName[] = ['admitChange', 'lookUpAdminCode'];

for (const step of OWN) {
  test(`${step} is asked of our own database in the workflow task itself`, async () => {
    const run = await bench.change().start();
    await run.reaches('awaitingCard');
    expect(run.network.attempts.filter((attempt) => attempt.step === step)).toEqual([{ step, local: true }]);
  });

  test(`${step} waits for a database that is away as an activity of the same name, and the change goes on`, async () => {
    const run = await bench.change().failingAt(step, 'DATABASE_UNREACHABLE', 5).start();
    await run.passes({ seconds: 120 });
    await run.reaches('awaitingCard');
    const attempts = run.network.attempts.filter((attempt) => attempt.step === step);
    expect(attempts.map(({ local }) => local)).toEqual([true, true, false, false, false, false]);
    await run.cardAttaches();
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  });
}

test('a refusal of our own database is an answer, and is not asked for again', async () => {
  const run = await bench.change().failingAt('lookUpAdminCode', 'ADMIN_CODE_UNKNOWN').start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack' });
  expect(run.timesCalled('lookUpAdminCode')).toBe(1);
});

test('a database that does not answer at all does not hang the workflow', async () => {
  const run = await bench.change().holding('lookUpAdminCode').start();
  await run.attempts('lookUpAdminCode', 3);
  expect(run.network.attempts.at(-1)).toEqual({ step: 'lookUpAdminCode', local: false });
  run.letGoOn('lookUpAdminCode');
  await run.reaches('awaitingCard');
});

test('an end is recorded although the database is away when the change ends', async () => {
  const run = await bench
    .change()
    .failingAt('reserveSubscriber', 'IMSI_POOL_EMPTY')
    .failingAt('recordState', 'DATABASE_UNREACHABLE', 6)
    .start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'IMSI_POOL_EMPTY' });
  expect(run.states.at(-1)).toBe('rolledBack');
});
