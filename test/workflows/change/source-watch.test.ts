import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const LET_GO = 'SOURCE_RELEASED_EARLY';
const codes = (timeline: readonly { readonly code?: string }[]) =>
  timeline.flatMap(({ code }) => (code === undefined ? [] : [code]));

test('a source that has let go before the attach is told once, and so is that it has the subscriber again; the change completes', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.oldSubscriber = { standing: 'missing' };
  await run.passes({ hours: 12 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'awaitingCard', code: LET_GO });
  const situation = await run.situation();
  expect(situation.reason).toMatchObject({ code: LET_GO });
  expect(await run.currentDetails()).toContain('which Rehome does not have');
  expect(codes(run.network.timeline)).toEqual([LET_GO]);
  run.network.oldSubscriber = { standing: 'served' };
  await run.passes({ hours: 10 });
  expect(run.network.timeline.at(-1)).toEqual({ state: 'awaitingCard', sequence: expect.any(Number) as number });
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card whose source has let go is neither undone nor given up: it is in doubt with that, and completes when it attaches', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.oldSubscriber = { standing: 'barred' };
  await run.passes({ hours: 3 * 24 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: LET_GO });
  // When it is found, when the copy at half of the time goes out, and at the deadline.
  expect(codes(run.network.timeline)).toEqual([LET_GO, LET_GO, LET_GO]);
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card that attaches before it is waited for costs the source no question', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.calls).not.toContain('watchSource');
});

test('a source that is away for 30 days is silent in history', async () => {
  const run = await bench
    .change()
    .patient({ attachDeadlineSeconds: 60 * 24 * 3_600 })
    .failingAt('watchSource', 'HLR_UNREACHABLE')
    .start();
  await run.reaches('awaitingCard');
  for (let day = 0; day < 30; day += 1) await run.passes({ hours: 24 });
  expect(run.timesCalled('watchSource')).toBeGreaterThan(25);
  expect(codes(run.network.timeline)).toEqual([]);
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect((await run.history()).events?.length).toBeLessThan(120);
});

test('a failure at the source is told, and its packet goes out as before', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.oldSubscriber = { standing: 'served', failsToAuthenticate: true };
  await run.passes({ hours: 13 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'awaitingCard', code: 'SOURCE_AUTHENTICATION_FAILED' });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
});
