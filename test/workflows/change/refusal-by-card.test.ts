import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

const REFUSALS: readonly [answer: Pick<ProofOfReceipt, 'status' | 'statusWord'>, code: FailureCode][] = [
  [{ status: 'porOk', statusWord: '63c2' }, 'ADMIN_CODE_WRONG'],
  [{ status: 'porOk', statusWord: '6983' }, 'ADMIN_CODE_BLOCKED'],
];

for (const [answer, code] of REFUSALS) {
  const said = [answer.status, answer.statusWord].filter((part) => part !== undefined).join(' ');
  test(`a card that answers ${said} keeps its subscription, and the reservation is withdrawn`, async () => {
    const run = await bench.change().start();
    await run.reaches('awaitingCard');
    await run.cardAnswers(answer);
    expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code });
    expect(run.calls.slice(-2)).toEqual(['sendOverTheAir', 'withdrawSubscriber']);
    expect(run.network.alive).toEqual(['source']);
    expect(run.network.timeline.at(-1)).toEqual({ sequence: 6, state: 'rolledBack', code });
  });
}

test('a wrong admin code is never tried again, since the card counts wrong codes and then blocks itself', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '63c1' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
  expect(run.timesCalled('lookUpAdminCode')).toBe(1);
  expect(run.timesCalled('sendOverTheAir')).toBe(1);
});

test.each([
  'integrityFailed',
  'cntrHigh',
  'cipheringError',
  'tarUnknown',
  'insufficientSecurity',
  'cntrBlocked',
  'securityError',
  'memoryFull',
] as const)(
  'a card that answers %s is not rolled back: it may say so of a second copy, or of a packet that somebody else has sent',
  async (status) => {
    const run = await bench.change().start();
    await run.reaches('awaitingCard');
    run.network.takePacket();
    await run.cardAnswers({ status });
    await run.passes({ hours: 25 });
    await run.reaches('inDoubt');
    expect(run.network.alive).toEqual(['source', 'target']);
    await run.cardAttaches();
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  },
);

test('a card that attaches while its withdrawal waits for an HLR that is away is seen at once, and released', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_UNREACHABLE').start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  await run.attempts('withdrawSubscriber');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.alive).toEqual(['target']);
});

test('a withdrawal that a confirmation of the card interrupts is given up, and the attach is waited for', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_UNREACHABLE').start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  await run.attempts('withdrawSubscriber');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.alive).toEqual(['target']);
});

test('a withdrawal that was interrupted by news of no weight goes on', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_UNREACHABLE', 8).start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  await run.attempts('withdrawSubscriber');
  await run.locationUpdateArrives();
  await run.cardAnswers({ status: 'cntrLow' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
  expect(run.timesCalled('confirmAttach')).toBeGreaterThan(0);
  expect(run.network.timeline.filter(({ code }) => code === 'ADMIN_CODE_BLOCKED')).toHaveLength(2);
});

test('a card that stopped part way is not rolled back: some of the commands took effect', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6f00' });
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'CARD_STATUS_WORD' });
  expect(run.network.alive).toEqual(['source', 'target']);
});

test('a card that attaches to the target although it refused is not cut off: the HLR of the target says so, and the change completes', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardAttachesUnseen();
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.states).not.toContain('inDoubt');
  expect(run.network.alive).toEqual(['target']);
});

test('the withdrawal after a refusal waits for an HLR that is away, however long', async () => {
  const run = await bench.change().failingAt('withdrawSubscriber', 'HLR_UNREACHABLE', 40).start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_BLOCKED' });
  expect(run.timesCalled('withdrawSubscriber')).toBe(41);
});
