import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { StepName } from '../../support/network-plan.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

/** What fails before the pivot, and which undos it must leave behind. */
const FAILURES: readonly { what: string; step: StepName; code: FailureCode; undone: readonly StepName[] }[] = [
  { what: 'nothing is left in the pool of the target', step: 'askPool', code: 'IMSI_POOL_EMPTY', undone: [] },
  { what: 'the source refuses its consent', step: 'askConsent', code: 'CONSENT_REFUSED', undone: [] },
  { what: 'the target refuses', step: 'reserveSubscriber', code: 'HLR_REFUSED', undone: ['withdrawSubscriber'] },
  { what: 'the pool is empty', step: 'reserveSubscriber', code: 'IMSI_POOL_EMPTY', undone: ['withdrawSubscriber'] },
  {
    what: 'the admin code is not known',
    step: 'lookUpAdminCode',
    code: 'ADMIN_CODE_UNKNOWN',
    undone: ['withdrawSubscriber'],
  },
  {
    what: 'the SMSC refuses',
    step: 'sendOverTheAir',
    code: 'SMSC_REFUSED',
    undone: ['stopSending', 'withdrawSubscriber'],
  },
];

for (const { what, step, code, undone } of FAILURES) {
  test(`when ${what}, the change is rolled back and the card is as before`, async () => {
    const run = await bench.change().withConsent().failingAt(step, code).start();
    expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code });
    expect(run.timesCalled(step)).toBe(1);
    expect(run.calls.slice(run.calls.indexOf(step) + 1)).toEqual(undone);
    expect(run.network.alive).toEqual(['source']);
    expect(run.network.timeline.at(-1)).toMatchObject({ state: 'rolledBack', code });
  });
}

const SILENCES: readonly { what: string; step: StepName; code: FailureCode }[] = [
  { what: 'the source never decides', step: 'askConsent', code: 'CONSENT_PENDING' },
  { what: 'the HLR of the target stays away', step: 'reserveSubscriber', code: 'HLR_UNREACHABLE' },
  { what: 'the SMSC stays away', step: 'sendOverTheAir', code: 'SMSC_UNREACHABLE' },
  { what: 'the packet can not be built', step: 'sendOverTheAir', code: 'KEYSET_UNUSABLE' },
];

for (const { what, step, code } of SILENCES) {
  test(`when ${what}, the change is rolled back once its patience is over, and says what the last attempt said`, async () => {
    const run = await bench.change().withConsent().failingAt(step, code).start();
    expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code });
    expect(run.timesCalled(step)).toBeGreaterThan(3);
    expect(run.network.alive).toEqual(['source']);
  });
}

test('an attempt that never comes back is given up and made again', async () => {
  const run = await bench.change().patient({ attemptSeconds: 1 }).holding('reserveSubscriber').start();
  await run.attempts('reserveSubscriber', 2);
  run.letGoOn('reserveSubscriber');
  await run.reaches('awaitingCard');
  expect(run.states.filter((state) => state === 'reserving')).toHaveLength(1);
});

test('a step that gave no answer at all in its time is named in the reason', async () => {
  const run = await bench
    .change()
    .patient({ attemptSeconds: 1, stepPatienceSeconds: 2 })
    .holding('reserveSubscriber')
    .start();
  const outcome = await run.outcome();
  expect(outcome).toMatchObject({ kind: 'rolledBack', code: 'STEP_TIMED_OUT' });
  expect('reason' in outcome && outcome.reason).toContain('reserveSubscriber');
});

test('a reservation whose answer was lost is withdrawn too: its undo is registered before the step', async () => {
  const run = await bench.change().losingTheAnswerOf('reserveSubscriber', 'HLR_UNREACHABLE').start();
  await run.attempts('reserveSubscriber');
  expect(run.network.target).toBe('reserved');
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'HLR_UNREACHABLE' });
  expect(run.network.target).toBe('quarantined');
});

test('an undo waits for a peer that is away, longer than any step before the pivot waits, and says so', async () => {
  const run = await bench
    .change()
    .failingAt('sendOverTheAir', 'SMSC_REFUSED')
    .failingAt('withdrawSubscriber', 'HLR_UNREACHABLE', 30)
    .start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'SMSC_REFUSED' });
  expect(run.timesCalled('withdrawSubscriber')).toBe(31);
  expect(run.network.timeline.slice(-2)).toMatchObject([
    { state: 'sending', code: 'SMSC_REFUSED' },
    { state: 'rolledBack', code: 'SMSC_REFUSED' },
  ]);
});

test('a rollback stops at the first undo that fails, and the change is parked with both subscriptions alive', async () => {
  const run = await bench
    .change()
    .failingAt('sendOverTheAir', 'SMSC_REFUSED')
    .failingAt('stopSending', 'HLR_REFUSED')
    .start();
  await run.reaches('inDoubt');
  expect(run.calls.at(-1)).toBe('stopSending');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'UNDO_FAILED' });
  await run.passes({ hours: 72 });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.states.filter((state) => state === 'inDoubt')).toHaveLength(1);
});

test('an undo that failed is tried again from time to time, and the rollback then goes on with the older ones', async () => {
  const run = await bench
    .change()
    .failingAt('sendOverTheAir', 'SMSC_REFUSED')
    .failingAt('stopSending', 'HLR_REFUSED', 2)
    .start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'SMSC_REFUSED' });
  expect(run.calls.slice(-2)).toEqual(['stopSending', 'withdrawSubscriber']);
  expect(run.network.alive).toEqual(['source']);
});

test('a rollback that was stuck is given up when it turns out that a segment had left: time never rolls that back', async () => {
  const run = await bench
    .change()
    .losingTheAnswerOf('sendOverTheAir', 'SMSC_REFUSED', 1)
    .failingAt('stopSending', 'HLR_REFUSED', 1)
    .start();
  await run.reaches('inDoubt');
  run.network.takePacket();
  await run.passes({ hours: 72 });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a withdrawal that is stuck is not repeated once the card has confirmed the new subscription', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_REFUSED', 1).start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  await run.reaches('inDoubt');
  await run.cardConfirms();
  await run.passes({ hours: 72 });
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a change that is stuck in its rollback goes forward when the card attaches to the target after all', async () => {
  const run = await bench
    .change()
    .losingTheAnswerOf('sendOverTheAir', 'SMSC_REFUSED', 1)
    .failingAt('stopSending', 'HLR_REFUSED', 1)
    .start();
  await run.reaches('inDoubt');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.alive).toEqual(['target']);
});

test('a change that is stuck in its rollback goes on with the undo that failed when the card refuses', async () => {
  const run = await bench
    .change()
    .losingTheAnswerOf('sendOverTheAir', 'SMSC_REFUSED', 1)
    .failingAt('stopSending', 'HLR_REFUSED', 1)
    .start();
  await run.reaches('inDoubt');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
  expect(run.network.alive).toEqual(['source']);
});

test('a sending that failed after its first segment left is not rolled back: the card may have the packet', async () => {
  const run = await bench.change().losingTheAnswerOf('sendOverTheAir', 'SMSC_UNREACHABLE').start();
  await run.passes({ hours: 2 });
  await run.reaches('awaitingCard');
  await run.attempts('stopSending');
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});
