import { eventually } from '../../support/eventually.ts';
import type { ChangeRun } from '../../support/change-run.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const TAKEN = { status: 'porOk', statusWord: '9000', purpose: 'rewrite' } as const;

/** A card of remote files, which the target sees fail with the new IMSI. */
async function tornAtTarget(change = bench.change().rewritable()): Promise<ChangeRun> {
  const run = await change.start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.locationUpdateArrives();
  await run.reaches('torn');
  return run;
}

/** The target lets it in with its old key. */
async function letIn(run: ChangeRun): Promise<void> {
  await run.cardAttaches();
  await isWritten(run);
}

/** Only then: news that come while it is being sent interrupt that, which the server that skips time does not take well. */
async function isWritten(run: ChangeRun): Promise<void> {
  await run.says('written to the torn card again, over the network of the target');
}

/** The card proves that it holds the whole. */
async function proves(run: ChangeRun, number = 1): Promise<void> {
  await run.cardAnswers({ ...TAKEN, number });
  await run.says('has to set its own (K2)');
}

/** The target has its own key again, and the card attaches with it. */
async function completes(run: ChangeRun): Promise<void> {
  await run.passes({ seconds: 1 });
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
}

const causes = (run: ChangeRun): string => run.network.causes.join('\n');

test('a torn card that attaches to the target is written again over its network, and the source is released only once it has attached after that', async () => {
  const run = await tornAtTarget();
  await letIn(run);
  expect(run.network.rewrites).toEqual([{ number: 1 }]);
  await run.passes({ hours: 1 });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(causes(run)).toContain('the source is not asked to let go before that has worked');
  await proves(run);
  await run.passes({ hours: 48 });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.states).not.toContain('releasing');
  await completes(run);
  expect(run.network.alive).toEqual(['target']);
  expect(new Set(run.network.rewrites.map(({ number }) => number))).toEqual(new Set([1]));
});

test('the same packet goes out again until the card has answered, and another one where the card has counted past it', async () => {
  const run = await tornAtTarget();
  await letIn(run);
  await run.passes({ hours: 1 });
  expect(run.network.rewrites.length).toBeGreaterThan(1);
  expect(new Set(run.network.rewrites.map(({ number }) => number))).toEqual(new Set([1]));
  await run.cardAnswers({ status: 'cntrLow', purpose: 'rewrite', number: 1 });
  await eventually(() => {
    expect(run.network.rewrites.at(-1)).toEqual({ number: 2 });
  });
  await proves(run, 2);
  await completes(run);
});

test('a card that refuses to be written again is left alone, and both subscriptions live until two persons say that it works', async () => {
  const run = await tornAtTarget();
  await letIn(run);
  await run.cardAnswers({ ...TAKEN, statusWord: '63c2' });
  await run.says('does not let itself be written again: the card says that the admin code is wrong');
  const sent = run.network.rewrites.length;
  await run.supportAsks({ action: 'retryNow' });
  await run.passes({ hours: 30 * 24 });
  expect(run.network.rewrites).toHaveLength(sent);
  expect(run.network.alive).toEqual(['source', 'target']);
  const { permitted } = await run.situation();
  expect(permitted).toEqual(expect.arrayContaining(['retryNow', 'acceptAttach']));
  expect(permitted).not.toEqual(expect.arrayContaining(['rollBack']));
  await run.supportAsks({ action: 'acceptAttach', actor: 'user:ann' });
  await run.supportAsks({ action: 'acceptAttach', actor: 'user:bob' });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card that proves late that it took the first packet whole is not held', async () => {
  const run = await tornAtTarget();
  await letIn(run);
  await run.cardAnswers({ status: 'porOk', statusWord: '9000' });
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a device that goes on with the session of its old key is asked, over the network of the target, to read the card anew', async () => {
  const run = await tornAtTarget(bench.change().rewritable().refreshable());
  await letIn(run);
  await proves(run);
  await run.passes({ hours: 2 });
  await run.attempts('refreshDevice');
  expect(run.network.refreshedOver).toContain('target');
  await completes(run);
});

test('support is told what goes out, what the target has to do, and that nothing is released before', async () => {
  const run = await tornAtTarget();
  expect(await run.currentDetails()).toContain('as soon as operator-2 lets it in');
  await letIn(run);
  await run.passes({ seconds: 1 });
  expect(await run.currentDetails()).toMatch(/Write the card again at \S+, over the network of operator-2/);
  await proves(run);
  await run.passes({ seconds: 1 });
  expect(await run.currentDetails()).toContain('Ask operator-2 to set its own key (K2)');
  await completes(run);
});

test('a card that a person knows to be torn, of which no HLR tells, is written over the target before the source is released', async () => {
  const run = await bench.change().rewritable().start();
  await run.reaches('awaitingCard');
  expect((await run.situation()).permitted).toContain('rewriteCard');
  expect(await run.supportAsks({ action: 'rewriteCard' })).toMatchObject({ kind: 'done' });
  await run.passes({ hours: 1 });
  expect(run.network.rewrites).toEqual([]);
  await run.cardAttaches();
  await isWritten(run);
  expect(run.network.rewrites).toEqual([{ number: 1 }]);
  expect(run.network.alive).toEqual(['source', 'target']);
  await proves(run);
  await completes(run);
});

test('nobody has a card written again whose application swaps everything at once', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  expect((await run.situation()).permitted).not.toContain('rewriteCard');
  await expect(run.supportAsks({ action: 'rewriteCard' })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('swaps everything at once') as string },
  });
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card whose profile can’t be torn completes when it attaches, whoever has failed with its IMSI before', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.locationUpdateArrives();
  await run.reaches('torn');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.rewrites).toEqual([]);
});

test.each([
  ['was not answered', {}, 'held'],
  ['was taken', { answer: { status: 'porOk', statusWord: '9000' } }, 'written'],
] as const)('a resumed change of a torn card goes on where the record is: the packet %s', async (_name, answer, is) => {
  const packets = [{ purpose: 'write' }, { purpose: 'rewrite', ...answer }] as const;
  const run = await bench
    .change()
    .rewritable()
    .resumedAfter({ states: ['torn'], target: 'reserved', packet: 'accepted', record: { packets, torn: true } })
    .start();
  await run.cardAttaches();
  await run.says(is === 'held' ? 'that was torn has attached' : 'has to set its own (K2)');
  expect(run.network.alive).toEqual(['source', 'target']);
  if (is === 'held') {
    await isWritten(run);
    await proves(run);
  }
  await completes(run);
});
