import { TARGET_IMSI } from '../../support/change-builder.ts';
import { IMEI_AT_SOURCE } from '../../support/fake-network.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

const OTHER_IMEI = '001010010000022';

test('an old operator that refuses to let go undoes nothing: it is asked once a day, and the change is completed when it does', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'RELEASE_REFUSED')
    .failingAt('insistOnRelease', 'HLR_UNREACHABLE', 5)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'completedReleasePending', code: 'RELEASE_REFUSED' });
  expect(run.network.target).toBe('active');
  expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
  expect(run.timesCalled('releaseSubscriber')).toBe(1);
  expect(run.timesCalled('insistOnRelease')).toBe(6);
  expect(run.states.filter((state) => state === 'completedReleasePending')).toHaveLength(1);
  expect(run.network.alive).toEqual(['target']);
});

test('an old operator that is away is asked again until its patience is over, and then once a day', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'HLR_UNREACHABLE')
    .failingAt('insistOnRelease', 'HLR_UNREACHABLE', 3)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.passes({ hours: 2 });
  await run.reaches('completedReleasePending');
  expect(run.network.timeline.at(-1)).toMatchObject({ code: 'HLR_UNREACHABLE' });
  expect(run.timesCalled('releaseSubscriber')).toBeGreaterThan(50);
  expect(run.network.target).toBe('active');
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.timesCalled('insistOnRelease')).toBe(4);
});

test('an old operator that never lets go costs a year of asking no more history than a day', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'RELEASE_REFUSED')
    .failingAt('insistOnRelease', 'HLR_UNREACHABLE')
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  await run.passes({ hours: 48 });
  await run.attempts('insistOnRelease');
  const events = (await run.history()).events?.length ?? 0;
  await run.passes({ hours: 365 * 24 });
  await run.attempts('insistOnRelease', 300);
  expect((await run.history()).events?.length).toBe(events);
});

test('a source that has seen the card again after its attach to the target is not released: the change is in doubt, and frozen', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.seenAtSource = true;
  await run.cardAttaches();
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'BOTH_ATTACHED' });
  await run.passes({ hours: 30 * 24 });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.timesCalled('releaseSubscriber')).toBe(1);
  expect(run.calls).not.toContain('insistOnRelease');
});

test('the device that the card attached in comes to the source with each request to let go', async () => {
  const run = await bench.change().failingAt('releaseSubscriber', 'RELEASE_REFUSED').start();
  await run.reaches('awaitingCard');
  run.network.imei = IMEI_AT_SOURCE;
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.timesCalled('insistOnRelease')).toBe(1);
  expect(run.network.release).toMatchObject({ imei: IMEI_AT_SOURCE, attachedAt: expect.any(String) as string });
  expect(run.network.release).not.toHaveProperty('sameDevice');
});

test('a card that has to stay in its device and attaches in another is in doubt, frozen, until two persons accept it', async () => {
  const run = await bench.change().inItsDevice().start();
  await run.reaches('awaitingCard');
  run.network.imei = OTHER_IMEI;
  await run.cardAttaches();
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'OTHER_DEVICE' });
  await run.passes({ hours: 30 * 24 });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.timesCalled('releaseSubscriber')).toBe(1);
  expect(run.calls).not.toContain('insistOnRelease');
  for (const actor of ['user:ann', 'user:ben']) await run.supportAsks({ action: 'acceptAttach', actor });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.alive).toEqual(['target']);
  expect(run.network.release).not.toHaveProperty('imei');
});

test('a card that has to stay in its device and does is released at once', async () => {
  const run = await bench.change().inItsDevice().start();
  await run.reaches('awaitingCard');
  run.network.imei = IMEI_AT_SOURCE;
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.release).toMatchObject({ imei: IMEI_AT_SOURCE, sameDevice: 'required' });
});

test('an agreement that wants an overlap has both subscriptions alive for so long after the attach', async () => {
  const run = await bench
    .change()
    .overlapping(3 * 3_600)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('releasing');
  await run.passes({ hours: 2 });
  expect(run.network.alive).toEqual(['source', 'target']);
  const { nextAt = '' } = await run.situation();
  expect(Date.parse(nextAt) - (await run.now())).toBeGreaterThan(3_000_000);
  await run.passes({ hours: 2 });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('an old operator that has not let go within the days that the agreement gives it is asked on, and somebody is told once', async () => {
  const run = await bench
    .change()
    .releasedWithin(14)
    .failingAt('releaseSubscriber', 'RELEASE_REFUSED')
    .failingAt('insistOnRelease', 'RELEASE_REFUSED', 20)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  const codes = () => run.network.timeline.map(({ code }) => code).filter((code) => code !== undefined);
  await run.passes({ hours: 13 * 24 });
  expect(codes()).toEqual(['RELEASE_REFUSED']);
  expect(Date.parse((await run.situation()).nextAt ?? '') - (await run.now())).toBeLessThan(24 * 3_600_000);
  await run.passes({ hours: 2 * 24 });
  expect(codes()).toEqual(['RELEASE_REFUSED', 'RELEASE_OVERDUE']);
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'completedReleasePending' });
  await run.passes({ hours: 8 * 24 });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(codes()).toEqual(['RELEASE_REFUSED', 'RELEASE_OVERDUE']);
});

test('a refusal of another kind that comes while the source is asked once a day is told, and asked for on', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'RELEASE_REFUSED')
    .failingAt('insistOnRelease', 'SUBSCRIBER_MISSING', 3)
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  await run.passes({ hours: 30 });
  const codes = () => run.network.timeline.map(({ code }) => code).filter((code) => code !== undefined);
  expect(codes()).toEqual(['RELEASE_REFUSED', 'SUBSCRIBER_MISSING']);
  await run.passes({ hours: 5 * 24 });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(codes()).toEqual(['RELEASE_REFUSED', 'SUBSCRIBER_MISSING']);
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

test.each(['HLR_UNREACHABLE', 'SUBSCRIBER_MISSING'] as const)(
  'a release that an attempt has done and recorded, of which nobody heard, ends the change once, and soon, whatever the last attempt said: %s',
  async (code) => {
    const run = await bench.change().losingTheAnswerOf('releaseSubscriber', code).start();
    await run.reaches('awaitingCard');
    await run.cardAttaches();
    expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
    expect(run.calls).not.toContain('insistOnRelease');
    expect(run.states.filter((state) => state === 'completed')).toHaveLength(1);
    expect(run.states.at(-1)).toBe('completed');
  },
);
