import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test.each([
  ['integrityFailed', 'POR_INTEGRITY_FAILED'],
  ['cipheringError', 'POR_CIPHERING_ERROR'],
] as const)(
  'a card that answers %s is sent nothing again under keys that it does not have, and is in doubt with a code of its own',
  async (status, code) => {
    const run = await bench.change().start();
    await run.reaches('awaitingCard');
    await run.cardAnswers({ status });
    await run.passes({ hours: 25 });
    await run.reaches('inDoubt');
    expect(run.network.timeline.at(-1)).toMatchObject({ code });
    await run.passes({ hours: 30 * 24 });
    expect(run.timesCalled('sendOverTheAir')).toBe(1);
    expect(run.calls).not.toContain('resendOverTheAir');
    expect(run.network.alive).toEqual(['source', 'target']);
  },
);

test('a delivery receipt that never comes proves nothing: nothing is undone for it, and the same packet goes out once more at half of the time', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 11 });
  expect(run.calls).not.toContain('resendOverTheAir');
  await run.passes({ hours: 2 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.passes({ hours: 30 * 24 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  expect(run.timesCalled('sendOverTheAir')).toBe(1);
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a packet that was lost without a word goes out again once its device has shown itself, and the card is moved', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.deviceComesBack();
  await run.passes({ seconds: 600 });
  expect(run.calls).not.toContain('resendOverTheAir');
  await run.passes({ seconds: 600 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('an empty pool ends a change before a secret of the card is opened or anything is sent', async () => {
  const run = await bench.change().failingAt('reserveSubscriber', 'IMSI_POOL_EMPTY').start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'IMSI_POOL_EMPTY' });
  expect(run.calls).toEqual(['admitChange', 'reserveSubscriber', 'withdrawSubscriber']);
});

test('a card whose admin code is blocked ends its change with that code, and is sent nothing more', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
  expect(run.calls.slice(run.calls.indexOf('sendOverTheAir') + 1)).toEqual(['withdrawSubscriber']);
  expect(run.network.alive).toEqual(['source']);
});

test('a source that has deleted the old subscriber too early undoes nothing: the release stays pending with a code that says so', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'SUBSCRIBER_MISSING')
    .failingAt('insistOnRelease', 'SUBSCRIBER_MISSING', 3)
    .start();
  await run.reaches('awaitingCard');
  run.network.takePacket();
  run.network.source = 'deleted';
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  expect(run.network.timeline.at(-1)).toMatchObject({ code: 'SUBSCRIBER_MISSING' });
  expect(run.network.alive).toEqual(['target']);
  expect(run.calls).not.toContain('withdrawSubscriber');
});

test('a device that ignores REFRESH is asked for it again once it has not attached by the first look, and when it shows itself later', async () => {
  const run = await bench.change().refreshable().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.passes({ hours: 12 });
  expect(run.network.refreshes).toEqual([1]);
  await run.deviceComesBack();
  await run.passes({ hours: 1 });
  expect(run.network.refreshes).toEqual([1, 2]);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a device that ignores REFRESH for a week keeps both subscriptions, and the change completes when it is switched on again', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.passes({ hours: 7 * 24 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.calls).not.toContain('resendOverTheAir');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});
