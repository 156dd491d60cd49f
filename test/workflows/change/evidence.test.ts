import { TARGET_IMSI } from '../../support/change-builder.ts';
import type { ChangeRun } from '../../support/change-run.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const MOVED = { kind: 'completed', imsi: TARGET_IMSI };

async function awaitingCard(): Promise<ChangeRun> {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  return run;
}

test('an event alone never releases the source: the HLR of the target is asked, and says no', async () => {
  const run = await awaitingCard();
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach');
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach', 2);
  expect(run.calls).not.toContain('releaseSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('the source is released only after the HLR of the target has confirmed the attach', async () => {
  const run = await awaitingCard();
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  await run.outcome();
  expect(run.calls.indexOf('releaseSubscriber')).toBeGreaterThan(run.calls.indexOf('confirmAttach'));
});

test('an HLR that is away when the card attaches is asked until it answers', async () => {
  const run = await bench.change().failingAt('confirmAttach', 'HLR_UNREACHABLE', 6).start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.timesCalled('confirmAttach')).toBe(7);
});

test('the same proof of receipt delivered again changes nothing', async () => {
  const run = await awaitingCard();
  run.network.takePacket();
  const again = { eventId: 'por-1', status: 'porOk', statusWord: '9000' } as const;
  for (let delivery = 0; delivery < 3; delivery += 1) await run.cardAnswers(again);
  await run.reaches('awaitingAttach');
  await run.cardAnswers(again);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.states.filter((state) => state === 'awaitingAttach')).toHaveLength(1);
});

test('the same location update delivered again asks the HLR once', async () => {
  const run = await awaitingCard();
  for (let delivery = 0; delivery < 4; delivery += 1) await run.locationUpdateArrives({ eventId: 'location-1' });
  await run.attempts('confirmAttach');
  await run.locationUpdateArrives({ eventId: 'location-1' });
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  expect(run.timesCalled('confirmAttach')).toBe(1);
});

test('events of another change of the same card change nothing', async () => {
  const run = await awaitingCard();
  const changeId = '019376a4-0000-7000-8000-000000000000';
  await run.locationUpdateArrives({ changeId });
  await run.cardAnswers({ changeId, status: 'porOk', statusWord: '6983' });
  await run.cardAnswers({ changeId, status: 'porOk', statusWord: '9000' });
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  expect(run.calls).toEqual(['admitChange', 'reserveSubscriber', 'lookUpAdminCode', 'sendOverTheAir']);
});

test('a proof of receipt that is not authenticated neither advances a change nor rolls it back', async () => {
  const run = await awaitingCard();
  await run.cardAnswers({ status: 'porOk', statusWord: '9000', authenticated: false });
  await run.cardAnswers({ status: 'porOk', statusWord: '6983', authenticated: false });
  await run.cardAnswers({ status: 'porOk', statusWord: '63c2', authenticated: false });
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach');
  expect(run.states.at(-1)).toBe('awaitingCard');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('a card that only announces its answer, or wants more time, is waited for', async () => {
  const run = await awaitingCard();
  for (const status of ['moreTime', 'byShortMessage', 'byUssd'] as const) await run.cardAnswers({ status });
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  expect(run.calls).not.toContain('withdrawSubscriber');
});

test('a counter that is too low is no refusal: the card may have taken the first copy of the packet', async () => {
  const run = await awaitingCard();
  run.network.takePacket();
  await run.cardAnswers({ status: 'cntrLow' });
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('a card that has confirmed is not rolled back when it refuses a damaged copy of the same packet', async () => {
  const run = await awaitingCard();
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAnswers({ status: 'integrityFailed' });
  await run.passes({ hours: 1 });
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('a confirmation outweighs a refusal of another copy, whichever of the two arrives first', async () => {
  const run = await bench.change().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  await run.cardAnswers({ status: 'porOk', statusWord: '9000' });
  await run.cardAnswers({ status: 'integrityFailed' });
  run.letGoOn('sendOverTheAir');
  await run.reaches('awaitingCard');
  run.network.takePacket();
  await run.passes({ hours: 1 });
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('an attach of which no event ever arrives is found by asking the HLR', async () => {
  const run = await awaitingCard();
  await run.cardAttachesUnseen();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.timesCalled('confirmAttach')).toBe(1);
});

test('a counter that is too low does not cover up the refusal that came before it', async () => {
  const run = await bench.change().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  await run.cardAnswers({ status: 'cntrLow' });
  run.letGoOn('sendOverTheAir');
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
});
