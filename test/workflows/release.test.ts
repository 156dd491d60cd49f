import { TARGET_IMSI } from '../support/change-builder.ts';
import { benchForThisFile } from './bench.ts';

const bench = benchForThisFile();

test('an old operator that refuses to let go undoes nothing: the card has moved, and the release is pending', async () => {
  const run = await bench.change().failingAt('releaseSubscriber', 'RELEASE_REFUSED').start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({
    ...{ kind: 'completedReleasePending', imsi: TARGET_IMSI, code: 'RELEASE_REFUSED' },
  });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.timesCalled('releaseSubscriber')).toBe(1);
  expect(run.network.target).toBe('active');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'completedReleasePending', code: 'RELEASE_REFUSED' });
});

test('an old operator that is away is asked again until its patience is over, and then left pending', async () => {
  const run = await bench.change().failingAt('releaseSubscriber', 'HLR_UNREACHABLE').start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completedReleasePending', code: 'HLR_UNREACHABLE' });
  expect(run.timesCalled('releaseSubscriber')).toBeGreaterThan(50);
  expect(run.network.target).toBe('active');
});

test('an old operator that comes back in time lets go, and the change is completed', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'HLR_UNREACHABLE', 10)
    .losingTheAnswerOf('releaseSubscriber', 'HLR_UNREACHABLE', 1)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
  expect(run.network.alive).toEqual(['target']);
});
