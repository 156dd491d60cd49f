import { TARGET_IMSI } from '../../support/change-builder.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

const ROLLED_BACK = {
  states: ['requested', 'reserving', 'sending', 'awaitingCard', 'rolledBack'],
  target: 'quarantined',
  packet: 'accepted',
} as const;

test('a card that attaches after its change was undone is not left without service: the change is reopened and goes forward', async () => {
  const run = await bench.change().reopenedAfter(ROLLED_BACK, { tried: true }).start();
  await run.attempts('restoreSubscriber');
  await run.cardAttachesUnseen();
  await run.locationUpdateArrives();
  expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
  expect(run.states.slice(ROLLED_BACK.states.length)).toEqual(['reopened', 'reopened', 'releasing', 'completed']);
  expect(run.network.alive).toEqual(['target']);
});

test('an event alone reopens nothing: the HLR of the target knows of no card that tried, and the change stays as it ended', async () => {
  const run = await bench.change().reopenedAfter(ROLLED_BACK, { tried: false }).start();
  expect(await run.outcome()).toEqual({ kind: 'notReopened' });
  expect(run.calls).toEqual(['askLateAttach']);
  expect(run.states).toEqual(ROLLED_BACK.states);
});

test('a change that is reopened is in doubt when its subscription was given away meanwhile', async () => {
  const run = await bench
    .change()
    .failingAt('restoreSubscriber', 'RESERVATION_WITHDRAWN')
    .reopenedAfter(ROLLED_BACK, { tried: true })
    .start();
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'RESERVATION_WITHDRAWN' });
  expect(run.network.source).toBe('active');
});

test('a change that was reopened is never undone again by a wish', async () => {
  const run = await bench.change().reopenedAfter(ROLLED_BACK, { tried: true }).start();
  await run.attempts('restoreSubscriber');
  await run.cancel();
  await run.passes({ hours: 72 });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
});

test('a change that was reopened since its card has proven that it took the subscription is not rolled back by anybody', async () => {
  const taken = { purpose: 'write', answer: { status: 'porOk', statusWord: '9000' } } as const;
  const run = await bench
    .change()
    .reopenedAfter({ ...ROLLED_BACK, record: { packets: [taken] } }, { tried: true })
    .start();
  await run.attempts('restoreSubscriber');
  for (const actor of ['user:ann', 'user:ben'])
    await expect(run.supportAsks({ action: 'rollBack', actor })).rejects.toThrow();
  await run.cardAttaches();
  expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
});

test('a reservation that lapsed after the pivot is brought back, since the card may hold it', async () => {
  const run = await bench.change().failingAt('confirmAttach', 'RESERVATION_WITHDRAWN', 1).start();
  await run.reaches('awaitingCard');
  await run.locationUpdateArrives();
  await run.attempts('restoreSubscriber');
  await run.reaches('reopened');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a lease that lapsed is noticed by the watch, without an event', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.lapsed = true;
  await run.passes({ hours: 2 });
  await run.attempts('restoreSubscriber');
});

test('a subscriber that can not be brought back leaves the change in doubt, in what it tells too', async () => {
  const run = await bench.change().failingAt('restoreSubscriber', 'RESERVATION_WITHDRAWN').start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  run.network.lapsed = true;
  await run.locationUpdateArrives();
  await run.attempts('restoreSubscriber');
  await run.passes({ seconds: 5 });
  expect((await run.situation()).state).toBe('inDoubt');
});

test('while the HLR is asked about an ended change, nobody is told that it was requested, or may be cancelled', async () => {
  const run = await bench
    .change()
    .failingAt('askLateAttach', 'HLR_UNREACHABLE', 6)
    .reopenedAfter(ROLLED_BACK, { tried: false })
    .start();
  await run.attempts('askLateAttach', 2);
  expect((await run.situation()).permitted).not.toContain('cancel');
});

test('an ended change whose target does not answer stays as it ended, and keeps no workflow open', async () => {
  const run = await bench
    .change()
    .failingAt('askLateAttach', 'HLR_UNREACHABLE')
    .reopenedAfter(ROLLED_BACK, { tried: true })
    .start();
  expect(await run.outcome()).toEqual({ kind: 'notReopened' });
});
