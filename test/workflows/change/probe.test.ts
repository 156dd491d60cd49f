import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test('a counter that does not fit draws a harmless probe first, and nothing else', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'cntrLow' });
  await run.passes({ hours: 1 });
  await run.attempts('probeCard');
  expect(run.network.probes).toEqual([1]);
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
});

test('a probe that finds the counter too low still is followed by one with a larger step, a few times at most', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'cntrLow' });
  await run.passes({ hours: 1 });
  for (let number = 1; number <= 4; number += 1) {
    await run.attempts('probeCard', number);
    await run.cardAnswers({ status: 'cntrLow', purpose: 'probe' });
  }
  await run.passes({ hours: 2 });
  expect(run.network.probes).toEqual([1, 2, 3, 4]);
});

test('a card that is read to hold its old subscription is rolled back: it can’t take the new one any more', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'integrityFailed' });
  await run.passes({ hours: 1 });
  await run.attempts('probeCard');
  await run.cardIsReadToHold('source');
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'CARD_UNCHANGED' });
  expect(run.network.alive).toEqual(['source']);
});

test('a card that is read to hold the new IMSI makes Rehome ask the HLR, which alone knows whether its key fits', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'securityError' });
  await run.passes({ hours: 1 });
  await run.cardAttachesUnseen();
  await run.cardIsReadToHold('target');
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card that is read to hold neither subscription is in doubt, with a code of its own', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  await run.cardIsReadToHold('another');
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  expect(run.network.timeline.at(-1)).toMatchObject({ code: 'CARD_HOLDS_ANOTHER' });
  expect(run.network.alive).toEqual(['source', 'target']);
});

test('a card whose profile has no way to read it back is probed for its counter only', async () => {
  const run = await bench.change().counting().start();
  await run.reaches('awaitingCard');
  await run.cardAnswers({ status: 'tarUnknown' });
  await run.passes({ hours: 3 });
  expect(run.calls).not.toContain('probeCard');
  await run.cardAnswers({ status: 'cntrLow' });
  await run.passes({ hours: 1 });
  await run.cardAnswers({ status: 'porOk', purpose: 'probe' });
  await run.passes({ hours: 25 });
  await run.reaches('inDoubt');
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.network.probes).toEqual([1]);
});
