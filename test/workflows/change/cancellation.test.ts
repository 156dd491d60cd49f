import { setTimeout as delay } from 'node:timers/promises';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { StepName } from '../../support/network-plan.ts';
import { benchForThisFile } from '../bench.ts';

// On the real server: the one that skips time mixes up a cancellation with an attempt that ends at the same time.
const bench = benchForThisFile('dev');

const BEFORE_THE_PIVOT: readonly StepName[] = ['admitChange', 'askConsent', 'reserveSubscriber', 'lookUpAdminCode'];

for (const step of BEFORE_THE_PIVOT) {
  test(`a change that is cancelled during ${step} undoes everything and leaves the card as before`, async () => {
    const run = await bench
      .change()
      .withConsent()
      .holding(step)
      .failingAt('sendOverTheAir', 'SMSC_UNREACHABLE')
      .start();
    await run.attempts(step);
    await run.cancel();
    run.letGoOn(step);
    expect(await run.outcome()).toMatchObject({ kind: 'cancelled', code: 'CANCELLED' });
    expect(run.network.alive).toEqual(['source']);
    expect(run.states.at(-1)).toBe('cancelled');
  });
}

const RETRIED: readonly [step: StepName, code: FailureCode][] = [
  ['askConsent', 'CONSENT_PENDING'],
  ['reserveSubscriber', 'HLR_UNREACHABLE'],
  ['sendOverTheAir', 'SMSC_UNREACHABLE'],
];

for (const [step, code] of RETRIED) {
  test(`a change that is cancelled while ${step} is being retried undoes everything`, async () => {
    const run = await bench.change().withConsent().failingAt(step, code).start();
    await run.attempts(step, 2);
    await run.cancel();
    expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
    expect(run.network.alive).toEqual(['source']);
  });
}

test('a reservation that is made although its cancellation was asked for is withdrawn', async () => {
  const run = await bench.change().losingTheAnswerOf('reserveSubscriber', 'HLR_UNREACHABLE').start();
  await run.attempts('reserveSubscriber');
  await run.cancel();
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
  expect(run.network.target).toBe('quarantined');
});

test('a change that is cancelled during its sending is cancelled only if no segment has left', async () => {
  const run = await bench.change().holding('sendOverTheAir').failingAt('sendOverTheAir', 'SMSC_UNREACHABLE', 1).start();
  await run.attempts('sendOverTheAir');
  await run.cancel();
  run.letGoOn('sendOverTheAir');
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
  expect(run.calls.slice(-2)).toEqual(['stopSending', 'withdrawSubscriber']);
  expect(run.network.packet).toBe('stopped');
});

test('a change that is cancelled when its first segment has left goes on: only evidence decides then', async () => {
  const run = await bench
    .change()
    .patient({ attemptSeconds: 1 })
    .holding('sendOverTheAir')
    .losingTheAnswerOf('sendOverTheAir', 'SMSC_UNREACHABLE', 1)
    .start();
  await run.attempts('sendOverTheAir');
  await run.cancel();
  run.letGoOn('sendOverTheAir');
  await run.attempts('stopSending');
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a change that is cancelled during a sending that succeeds goes on', async () => {
  const run = await bench.change().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  await run.cancel();
  run.letGoOn('sendOverTheAir');
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a cancellation after the pivot is a wish: the change waits for its evidence and completes', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cancel();
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach');
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a cancellation after the pivot does not keep a refusal by the card from rolling back', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cancel();
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
});

test('a cancellation during the release changes nothing: the card has moved', async () => {
  const run = await bench.change().holding('releaseSubscriber').start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.attempts('releaseSubscriber');
  await run.cancel();
  run.letGoOn('releaseSubscriber');
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.alive).toEqual(['target']);
});

test('a cancellation during a rollback does not stop the rollback, nor change its reason', async () => {
  const run = await bench
    .change()
    .failingAt('lookUpAdminCode', 'ADMIN_CODE_UNKNOWN')
    .holding('withdrawSubscriber')
    .start();
  await run.attempts('withdrawSubscriber');
  await run.cancel();
  run.letGoOn('withdrawSubscriber');
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_UNKNOWN' });
  expect(run.network.alive).toEqual(['source']);
});

test('an attach that two persons vouch for while the target’s subscription is being withdrawn releases nothing', async () => {
  const run = await bench.change().holding('withdrawSubscriber').start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '63c2' });
  await run.attempts('withdrawSubscriber');
  expect((await run.situation()).unchanged).toBe(true);
  const asked = [{ actor: 'user:ben' }, { actor: 'user:ann' }].map((by) =>
    run.supportAsks({ action: 'acceptAttach', ...by }),
  );
  await delay(500);
  run.letGoOn('withdrawSubscriber');
  expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(['tooLate', 'tooLate']);
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack' });
  expect(run.network.alive).toEqual(['source']);
});

test('a person is answered while a subscriber that is to be brought back waits for its gateway', async () => {
  const run = await bench
    .change()
    .failingAt('confirmAttach', 'RESERVATION_WITHDRAWN', 1)
    .failingAt('restoreSubscriber', 'HLR_UNREACHABLE', 5)
    .start();
  await run.reaches('awaitingCard');
  await run.locationUpdateArrives();
  await run.attempts('restoreSubscriber', 2);
  expect(await run.supportAsks({ action: 'retryNow' })).toMatchObject({ kind: 'done' });
});
