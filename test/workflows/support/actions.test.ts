import { WorkflowUpdateFailedError } from '@temporalio/client';
import { TARGET_IMSI } from '../../support/change-builder.ts';
import type { ChangeRun } from '../../support/change-run.ts';
import type { SupportRequest } from '../../../workflows/support/actions.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

async function refusalOf(run: ChangeRun, request: Parameters<ChangeRun['supportAsks']>[0]): Promise<string> {
  const refused: unknown = await run.supportAsks(request).catch((cause: unknown) => cause);
  expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
  return (refused as WorkflowUpdateFailedError).cause?.message ?? '';
}

async function inDoubt(): Promise<ChangeRun> {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  return run;
}

const BY_BEN: Pick<SupportRequest, 'actor'> = { actor: 'user:ben' };

test('a change that is cancelled by a person before the pivot names the person and the reason', async () => {
  const run = await bench.change().failingAt('reserveSubscriber', 'HLR_UNREACHABLE').start();
  await run.attempts('reserveSubscriber');
  expect(await run.supportAsks({ action: 'cancel', reason: 'ordered twice' })).toMatchObject({ kind: 'done' });
  expect(await run.outcome()).toEqual({
    ...{ kind: 'cancelled', code: 'CANCELLED', reason: 'cancelled by user:ann: ordered twice' },
  });
});

test('a cancellation after the pivot is a wish, and is honoured when the card is read to hold its old subscription', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  expect(await run.supportAsks({ action: 'cancel' })).toMatchObject({ kind: 'done' });
  await run.attempts('probeCard');
  expect((await run.situation()).pendingCancellation).toContain('user:ann');
  await run.cardIsReadToHold('source');
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled', code: 'CANCELLED' });
  expect(run.network.alive).toEqual(['source']);
});

test('a cancellation that comes while the last segment leaves is not forgotten: it is a wish by then', async () => {
  const run = await bench.change().readable().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  expect(await run.supportAsks({ action: 'cancel' })).toMatchObject({ kind: 'done' });
  run.letGoOn('sendOverTheAir');
  await run.attempts('probeCard');
  expect((await run.situation()).pendingCancellation).toContain('user:ann');
  expect(run.network.told).toMatchObject([{ actor: 'user:ann' }]);
});

test('what a person does is recorded with actor, reason and ticket, and changes no state by itself', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'retryNow', reason: 'the HLR is back', ticket: 'T-17' });
  await run.attempts('confirmAttach', run.timesCalled('confirmAttach'));
  expect(run.network.told).toEqual([{ actor: 'user:ann', cause: 'retryNow is asked for: the HLR is back (T-17)' }]);
  expect(run.states.at(-1)).toBe('inDoubt');
});

test('what can’t be taken back needs a second person, and the same person twice is not two', async () => {
  const run = await inDoubt();
  expect(await run.supportAsks({ action: 'rollBack' })).toMatchObject({
    kind: 'awaitsSecondPerson',
    first: 'user:ann',
  });
  expect(await run.supportAsks({ action: 'rollBack' })).toMatchObject({
    kind: 'awaitsSecondPerson',
    message: expect.stringMatching(/^user:ann has asked for it already; /) as string,
  });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect((await run.situation()).first).toMatchObject({ action: 'rollBack', actor: 'user:ann' });
  expect(await run.supportAsks({ action: 'rollBack', ...BY_BEN })).toMatchObject({ kind: 'done' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ROLLED_BACK_BY_HAND' });
  expect(run.network.alive).toEqual(['source']);
});

test('a second person who asks for something else backs nothing', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'rollBack' });
  expect(await run.supportAsks({ action: 'acceptAttach', ...BY_BEN })).toMatchObject({ kind: 'awaitsSecondPerson' });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.calls).not.toContain('releaseSubscriber');
});

test('a change that is being undone already can’t be undone once more, only sooner', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_REFUSED', 1).readable().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  await run.supportAsks({ action: 'rollBack' });
  await run.supportAsks({ action: 'rollBack', ...BY_BEN });
  await run.attempts('withdrawSubscriber');
  expect(await refusalOf(run, { action: 'cancel' })).toContain('Rehome is undoing the change already');
  expect((await run.situation()).permitted).toEqual(['retryNow', 'acceptAttach']);
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack' });
});

test('a first person is forgotten after a day', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'rollBack' });
  await run.passes({ hours: 25 });
  expect(await run.supportAsks({ action: 'rollBack', ...BY_BEN })).toMatchObject({
    ...{ kind: 'awaitsSecondPerson', first: 'user:ben' },
  });
});

test('an attach that two persons vouch for releases the source', async () => {
  const run = await inDoubt();
  run.network.takePacket();
  await run.supportAsks({ action: 'acceptAttach' });
  await run.supportAsks({ action: 'acceptAttach', ...BY_BEN });
  expect(await run.outcome()).toEqual({ kind: 'completed', imsi: TARGET_IMSI });
  expect(run.network.alive).toEqual(['target']);
});

test('a card that has confirmed is not rolled back by anybody: it would be left without any subscription', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  expect(await refusalOf(run, { action: 'rollBack' })).toContain('left without any');
});

test('a deadline that is extended takes a change out of doubt', async () => {
  const run = await inDoubt();
  const until = new Date((await run.now()) + 48 * 3_600_000).toISOString();
  expect(await run.supportAsks({ action: 'extendDeadline', until })).toMatchObject({ kind: 'done' });
  await run.passes({ seconds: 1 });
  expect(run.states.at(-1)).toBe('awaitingCard');
  expect((await run.situation()).schedule).toContainEqual({ kind: 'park', at: until });
});

test('a release that is pending is closed by two persons who know that the source has let go', async () => {
  const run = await bench
    .change()
    .failingAt('releaseSubscriber', 'RELEASE_REFUSED')
    .failingAt('insistOnRelease', 'HLR_UNREACHABLE')
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.reaches('completedReleasePending');
  await run.supportAsks({ action: 'markReleased' });
  await run.supportAsks({ action: 'markReleased', ...BY_BEN });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  // The test has only said so.
  run.network.source = 'deleted';
});

const IMPOSSIBLE: readonly [request: Parameters<ChangeRun['supportAsks']>[0], why: string][] = [
  [{ action: 'markReleased' }, 'not pending'],
  [{ action: 'extendDeadline', until: '2020-01-01T00:00:00Z' }, 'time that is to come'],
  [{ action: 'retryNow', reason: ' ' }, 'needs a reason'],
  [{ action: 'retryNow', actor: '' }, 'needs an actor'],
  [{ action: 'retryNow', actor: 'user: \u200b' }, 'needs an actor'],
];

test.each(IMPOSSIBLE)(
  'what is not possible is refused with its reason, and leaves no trace: %j',
  async (request, why) => {
    const run = await inDoubt();
    expect(await refusalOf(run, request)).toContain(why);
    expect(run.network.told).toEqual([]);
    const events = (await run.history()).events ?? [];
    expect(events.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
  },
);

test('what a person asks for is recorded, also when the answer of the HLR was lost', async () => {
  const run = await bench.change().losingTheAnswerOf('confirmAttach', 'HLR_UNREACHABLE', 3).start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.attempts('confirmAttach');
  const until = new Date((await run.now()) + 48 * 3_600_000).toISOString();
  await run.supportAsks({ action: 'extendDeadline', until });
  expect(run.network.breaches).toEqual([]);
});

test('nobody vouches for the attach of a card whose packet never left', async () => {
  const run = await bench
    .change()
    .failingAt('lookUpAdminCode', 'ADMIN_CODE_UNKNOWN')
    .failingAt('withdrawSubscriber', 'HLR_REFUSED')
    .start();
  await run.reaches('inDoubt');
  await run.passes({ seconds: 1 });
  expect((await run.situation()).permitted).not.toContain('acceptAttach');
});

test('the same person under another spelling is not a second one', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'rollBack', actor: 'user:ann smith' });
  for (const spelling of [
    ...['Ann Smith', 'ann smith ', ' ann  smith', 'ANN\tSMITH', 'annsmith', 'ann\u00a0smith', 'ann\u200b smith'],
    ...['user:ann smith', 'ａｎｎ smith'],
    ...['ann\ufe0f smith', 'a\u034fnn smith', 'ann\u3164 smith', 'ann\u2800 smith'],
  ])
    expect([spelling, await run.supportAsks({ action: 'rollBack', actor: `user:${spelling}` })]).toMatchObject([
      spelling,
      { kind: 'awaitsSecondPerson', first: 'user:ann smith' },
    ]);
  expect(await run.supportAsks({ action: 'rollBack', actor: 'user:anna smith' })).toMatchObject({ kind: 'done' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack' });
});

test('before the pivot a person may cancel, and nothing else', async () => {
  const run = await bench.change().failingAt('reserveSubscriber', 'HLR_UNREACHABLE').start();
  await run.attempts('reserveSubscriber');
  expect((await run.situation()).permitted).toEqual(['cancel']);
  expect(await refusalOf(run, { action: 'rollBack' })).toContain('cancel it instead');
});
