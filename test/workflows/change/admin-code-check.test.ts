import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const RIGHT = { status: 'porOk', statusWord: '9000', purpose: 'check' } as const;

test('a card whose script goes on after a wrong admin code is asked for the code before anything is reserved', async () => {
  const run = await bench.change().askingTheCardFirst().start();
  await run.reaches('checkingCard');
  await run.attempts('checkAdminCode');
  expect(run.calls).not.toContain('reserveSubscriber');
  await run.cardAnswers(RIGHT);
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.states.slice(0, 5)).toEqual(['requested', 'checkingCard', 'reserving', 'sending', 'awaitingCard']);
});

test('the answer to the question is no proof that the card has taken the subscription', async () => {
  const run = await bench.change().askingTheCardFirst().start();
  await run.attempts('checkAdminCode');
  await run.cardAnswers(RIGHT);
  await run.reaches('awaitingCard');
  await run.cardAnswers({ ...RIGHT, status: 'tarUnknown' });
  await run.passes({ hours: 1 });
  expect(run.states).not.toContain('awaitingAttach');
  expect(run.timesCalled('withdrawSubscriber')).toBe(0);
});

const ANSWERS: readonly [answer: Pick<ProofOfReceipt, 'status' | 'statusWord'>, code: FailureCode][] = [
  [{ status: 'porOk', statusWord: '63c2' }, 'ADMIN_CODE_WRONG'],
  [{ status: 'porOk', statusWord: '6983' }, 'ADMIN_CODE_BLOCKED'],
  [{ status: 'porOk', statusWord: '6e00' }, 'CARD_CHECK_FAILED'],
  [{ status: 'tarUnknown' }, 'POR_TAR_UNKNOWN'],
];

test.each(ANSWERS)('a card that answers %j is left as it is, and nothing is reserved: %s', async (answer, code) => {
  const run = await bench.change().askingTheCardFirst().start();
  await run.attempts('checkAdminCode');
  await run.cardAnswers({ ...answer, purpose: 'check' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code });
  expect(run.calls).toEqual(['admitChange', 'askPool', 'checkAdminCode']);
  expect(run.network.alive).toEqual(['source']);
});

test('an empty pool ends a change before its card is asked for the admin code', async () => {
  const run = await bench.change().askingTheCardFirst().failingAt('askPool', 'IMSI_POOL_EMPTY').start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'IMSI_POOL_EMPTY' });
  expect(run.calls).toEqual(['admitChange', 'askPool']);
});

test('an answer that is not the card’s own, or that a copy of the question draws, decides nothing', async () => {
  const run = await bench.change().askingTheCardFirst().start();
  await run.attempts('checkAdminCode');
  await run.cardAnswers({ ...RIGHT, authenticated: false });
  await run.cardAnswers({ status: 'cntrLow', purpose: 'check' });
  await run.passes({ hours: 1 });
  expect(run.calls).toEqual(['admitChange', 'askPool', 'checkAdminCode']);
  await run.cardAnswers(RIGHT);
  await run.reaches('awaitingCard');
});

test('a card that does not answer the question in time costs nothing', async () => {
  const run = await bench.change().askingTheCardFirst().start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'CARD_SILENT' });
  expect(run.calls).toEqual(['admitChange', 'askPool', 'checkAdminCode']);
});

test('while the card is asked, the change can be cancelled freely', async () => {
  const run = await bench.change().askingTheCardFirst().start();
  await run.reaches('checkingCard');
  expect(await run.currentDetails()).toContain('Can be cancelled: freely');
  await run.attempts('checkAdminCode');
  await run.cancel();
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
  expect(run.network.alive).toEqual(['source']);
});

test('a resumed change does not wait again for what the card has answered already', async () => {
  const run = await bench
    .change()
    .askingTheCardFirst({ known: { status: 'porOk', statusWord: '9000' } })
    .resumedAfter({ states: ['requested', 'checkingCard'] })
    .start();
  await run.reaches('awaitingCard');
});
