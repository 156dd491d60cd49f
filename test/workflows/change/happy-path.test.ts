import { TARGET_IMSI } from '../../support/change-builder.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const MOVED = { kind: 'completed', imsi: TARGET_IMSI };
const MOST_HISTORY_EVENTS = 45;

test('a card moves step by step in the order of the ladder diagram, and its states are numbered without a gap', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.calls).toEqual([
    'admitChange',
    'reserveSubscriber',
    'lookUpAdminCode',
    'sendOverTheAir',
    'confirmAttach',
    'releaseSubscriber',
  ]);
  expect(run.network.timeline).toEqual([
    { sequence: 1, state: 'requested' },
    { sequence: 2, state: 'reserving' },
    { sequence: 3, state: 'sending' },
    { sequence: 4, state: 'awaitingCard' },
    { sequence: 5, state: 'awaitingAttach' },
    { sequence: 6, state: 'releasing' },
    { sequence: 7, state: 'completed' },
  ]);
  expect(run.network.alive).toEqual(['target']);
});

test('the source operator is asked first when the agreement wants its consent', async () => {
  const run = await bench.change().withConsent().start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.calls.slice(0, 4)).toEqual(['admitChange', 'askPool', 'askConsent', 'reserveSubscriber']);
  expect(run.states.slice(0, 3)).toEqual(['requested', 'awaitingConsent', 'reserving']);
});

test.each(['HLR_UNREACHABLE', 'HLR_REFUSED'] as const)(
  'a target that can not tell whether its pool has an IMSI left (%s) holds nothing up',
  async (code) => {
    const run = await bench.change().withConsent().failingAt('askPool', code).start();
    await run.reaches('awaitingCard');
    await run.cardAttaches();
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
    expect(run.calls.indexOf('askPool')).toBeLessThan(run.calls.indexOf('askConsent'));
  },
);

test('a consent that is still pending is asked for again until it is given', async () => {
  const run = await bench.change().withConsent().failingAt('askConsent', 'CONSENT_PENDING', 4).start();
  await run.passes({ seconds: 100 });
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.timesCalled('askConsent')).toBe(5);
});

test('a card that attaches before its proof of receipt arrives is moved all the same', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.cardConfirms();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.states).toEqual(['requested', 'reserving', 'sending', 'awaitingCard', 'releasing', 'completed']);
});

test('a card that sends no proof of receipt at all is moved once it attaches', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
});

test('a card that attaches before the SMSC has answered is moved once the SMSC has answered', async () => {
  const run = await bench.change().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  await run.locationUpdateArrives();
  run.letGoOn('sendOverTheAir');
  await run.reaches('awaitingCard');
  await run.cardAttachesUnseen();
  expect(await run.outcome()).toEqual(MOVED);
});

test('an order that the registry refuses does nothing at all', async () => {
  const run = await bench.change().rejectedAs('AGREEMENT_MISSING').start();
  expect(await run.outcome()).toMatchObject({ kind: 'rejected', code: 'AGREEMENT_MISSING' });
  expect(run.calls).toEqual(['admitChange']);
  expect(run.network.timeline).toEqual([{ sequence: 1, state: 'rejected' }]);
});

test(`a whole change, with proof of receipt, takes at most ${String(MOST_HISTORY_EVENTS)} events of history`, async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAttaches();
  await run.outcome();
  expect((await run.history()).events?.length).toBeLessThanOrEqual(MOST_HISTORY_EVENTS);
});

test('a step that fails for a while is repeated until it succeeds, and is recorded once', async () => {
  const run = await bench
    .change()
    .failingAt('reserveSubscriber', 'HLR_UNREACHABLE', 3)
    .losingTheAnswerOf('reserveSubscriber', 'HLR_UNREACHABLE', 1)
    .start();
  await run.passes({ seconds: 60 });
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toEqual(MOVED);
  expect(run.timesCalled('reserveSubscriber')).toBe(5);
  expect(run.states.filter((state) => state === 'reserving')).toHaveLength(1);
});
