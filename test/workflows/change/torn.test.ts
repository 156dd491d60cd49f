import { eventually } from '../../support/eventually.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test('a torn card, which fails to authenticate at the target with the new IMSI, has a state of its own and keeps both subscriptions', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.locationUpdateArrives();
  await run.reaches('torn');
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'torn', code: 'CARD_TORN' });
  await run.passes({ hours: 90 * 24 });
  expect(run.network.alive).toEqual(['source', 'target']);
  expect(run.states.filter((state) => state === 'torn')).toHaveLength(1);
});

test('a torn card is found without an event, by the watch over the HLR of the target', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.passes({ hours: 2 });
  await run.reaches('torn');
});

test('a change that somebody else’s failures made look torn goes on waiting once a card is seen to authenticate', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.locationUpdateArrives();
  await run.reaches('torn');
  run.network.torn = false;
  await run.locationUpdateArrives();
  await eventually(() => {
    expect(run.states.slice(-2)).toEqual(['torn', 'awaitingCard']);
  });
});

test('a torn card that was read to hold the new IMSI may still be rolled back: its key may be the old one', async () => {
  const run = await bench.change().readable().start();
  await run.reaches('awaitingCard');
  run.network.torn = true;
  await run.locationUpdateArrives();
  await run.reaches('torn');
  await run.cardIsReadToHold('target');
  await run.passes({ seconds: 5 });
  expect((await run.situation()).permitted).toContain('rollBack');
});
