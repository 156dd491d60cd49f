import { benchForThisFile } from './bench.ts';

const bench = benchForThisFile();

test('a cancellation after the pivot is a wish, and is honoured when the card is read to hold its old subscription', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  expect(await run.supportAsks({ action: 'cancel' })).toMatchObject({ kind: 'done' });
  await run.attempts('probeCard');
  await run.cardIsReadToHold('source');
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled', code: 'CANCELLED' });
  expect(run.network.alive).toEqual(['source']);
});
