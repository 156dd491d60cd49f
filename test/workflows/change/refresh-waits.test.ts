import { benchForThisFile } from '../bench.ts';

// The time-skipping server does not survive that an activity is cancelled.
const bench = benchForThisFile('dev');

/** A change whose card has confirmed, and whose SMSC is away when its device is to be asked for REFRESH. */
async function waitingForItsSmsc(attempts?: number) {
  const run = await bench
    .change()
    .refreshable()
    .patient({ attachPollSeconds: 1 })
    .failingAt('refreshDevice', 'SMSC_UNREACHABLE', attempts)
    .start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.attempts('refreshDevice');
  return run;
}

test('a card that attaches while REFRESH can not be sent is not kept waiting for the SMSC', async () => {
  const run = await waitingForItsSmsc();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.refreshes).toEqual([]);
});

test('a REFRESH that waited for its SMSC when somebody acted goes out all the same', async () => {
  const run = await waitingForItsSmsc(3);
  const until = new Date((await run.now()) + 48 * 3_600_000).toISOString();
  expect(await run.supportAsks({ action: 'extendDeadline', until })).toMatchObject({ kind: 'done' });
  await run.attempts('refreshDevice', 4);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.network.refreshes).toEqual([1]);
});
