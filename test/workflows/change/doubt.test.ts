import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const DEADLINE_HOURS = 24;

test('a card that stays silent past the deadline is in doubt, after the HLR of the target was asked once more', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: DEADLINE_HOURS - 1 });
  expect(run.states).not.toContain('inDoubt');
  const asked = run.timesCalled('confirmAttach');
  await run.passes({ hours: 2 });
  await run.reaches('inDoubt');
  expect(run.timesCalled('confirmAttach')).toBeGreaterThan(asked);
  // The copy at half of the time has used up a number.
  expect(run.network.timeline.at(-1)).toEqual({ sequence: 8, state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
  expect(run.network.alive).toEqual(['source', 'target']);
});

test('a card whose attach is found at the deadline is not in doubt', async () => {
  const run = await bench
    .change()
    .patient({ attachPollSeconds: 7 * DEADLINE_HOURS * 3_600 })
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttachesUnseen();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.states).not.toContain('inDoubt');
});

test('a timer alone never decides: after ten days of silence both subscriptions live, and the HLR is asked once a day', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 10 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  expect(run.states.filter((state) => state === 'inDoubt')).toHaveLength(1);
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.calls).not.toContain('releaseSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.timesCalled('confirmAttach')).toBeLessThan(25);
});

test('a change in doubt completes when the card attaches late and its event arrives', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 3 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.states.slice(-3)).toEqual(['inDoubt', 'releasing', 'completed']);
});

test('a change in doubt completes when the card attaches late and no event ever arrives', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 3 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  await run.cardAttachesUnseen();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a change in doubt is rolled back when the card at last proves that it refused', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 2 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
  expect(run.network.alive).toEqual(['source']);
});

test('a change in doubt says what the card last answered, when that is why nobody knows', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'cntrLow' });
  await run.passes({ hours: 2 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'POR_CNTR_LOW' });
});

test('a card that has confirmed, but never attaches, is in doubt as well', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.passes({ hours: 2 * DEADLINE_HOURS });
  await run.reaches('inDoubt');
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(await run.situation()).toMatchObject({ state: 'inDoubt', confirmed: true });
  expect(await run.currentDetails()).toContain('The card has proven that it took the new subscription');
});

test('a card is in doubt at the deadline even if the HLR of the target is away at that time', async () => {
  const run = await bench
    .change()
    .patient({ attachPollSeconds: 60, attachDeadlineSeconds: 300 })
    .failingAt('confirmAttach', 'HLR_UNREACHABLE')
    .start();
  await run.reaches('awaitingCard');
  await run.passes({ seconds: 900 });
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'HLR_UNREACHABLE' });
});

test('an attach of which the event came while the HLR was away is found as soon as the HLR is back', async () => {
  const run = await bench.change().failingAt('confirmAttach', 'HLR_UNREACHABLE', 15).start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.passes({ seconds: 800 });
  await run.reaches('completed');
});
