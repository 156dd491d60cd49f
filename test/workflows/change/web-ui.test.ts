import { ICCID } from '../../support/change-builder.ts';
import type { ChangeRun } from '../../support/change-run.ts';
import { eventually } from '../../support/eventually.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

/** A state is recorded by an activity, a moment before the workflow hears of it and tells of it. */
async function detailsOnce(run: ChangeRun, state: string): Promise<string> {
  let details = '';
  await eventually(async () => {
    details = await run.currentDetails();
    expect(details).toContain(state);
  });
  return details;
}

test('the Temporal Web UI says the state of a change, what it means, whom it concerns and whether it can be cancelled', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  const details = await detailsOnce(run, '**awaitingCard**');
  expect(details).toContain('proof of receipt');
  expect(details).toContain(`ICCID ${ICCID} to operator-2`);
  expect(details).toContain('Can be cancelled: deferred');
});

test('the Temporal Web UI says while a subscriber is being reserved that the change can be cancelled freely', async () => {
  const run = await bench.change().holding('reserveSubscriber').start();
  await run.attempts('reserveSubscriber');
  const details = await run.currentDetails();
  expect(details).toContain('**reserving**');
  expect(details).toContain('Can be cancelled: freely');
});

test('the Temporal Web UI does not say that the SMSC has the packet before it has taken it', async () => {
  const run = await bench.change().holding('sendOverTheAir').start();
  await run.attempts('sendOverTheAir');
  expect(await run.currentDetails()).toContain('**sending**');
});

test('the Temporal Web UI does not say that the source has let go before it has', async () => {
  const run = await bench.change().holding('releaseSubscriber').start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  await run.attempts('releaseSubscriber');
  expect(await run.currentDetails()).toContain('**releasing**');
});

test('the Temporal Web UI names the reason of a change in doubt', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 48 });
  await run.reaches('inDoubt');
  const details = await detailsOnce(run, '**inDoubt**');
  expect(details).toContain('ATTACH_NOT_SEEN');
});

test('the Temporal Web UI finds a change in doubt by its state, and no longer once the card has answered', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.passes({ hours: 48 });
  await run.reaches('inDoubt');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.locationUpdateArrives();
  await run.attempts('confirmAttach', run.timesCalled('confirmAttach') + 1);
  expect(await run.listedAs()).not.toBe('inDoubt');
});

test('the Temporal Web UI finds a change by the state in which it ended', async () => {
  const run = await bench.change().failingAt('reserveSubscriber', 'IMSI_POOL_EMPTY').start();
  await run.outcome();
  expect(await run.listedAs()).toBe('rolledBack');
});
