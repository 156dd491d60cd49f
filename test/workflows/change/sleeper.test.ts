import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const DAY = 24;

test('a device that sleeps for 30 days is waited for with less than 200 events of history, and completes when it wakes', async () => {
  const run = await bench
    .change()
    .patient({ attachDeadlineSeconds: 60 * DAY * 3_600 })
    .start();
  await run.reaches('awaitingCard');
  await run.deliveryFails();
  for (let day = 0; day < 30; day += 1) await run.passes({ hours: DAY });
  expect(run.states.at(-1)).toBe('awaitingCard');
  expect(run.timesCalled('watchAttach')).toBeGreaterThan(25);
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  const events = (await run.history()).events?.length ?? 0;
  expect(events).toBeGreaterThan(30);
  expect(events).toBeLessThan(200);
});

test('a packet that the SMSC gave up is sent again only when the device shows itself, and not again and again', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.deviceComesBack();
  await run.deliveryFails();
  await run.passes({ hours: 3 });
  expect(run.calls).not.toContain('resendOverTheAir');
  for (let contact = 0; contact < 5; contact += 1) await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
  await run.deliveryFails();
  await run.deviceComesBack();
  await run.passes({ seconds: 60 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.passes({ hours: 1 });
  await run.attempts('resendOverTheAir', 2);
});

test('a packet that can not be sent again for now is offered again at the next contact', async () => {
  const run = await bench.change().failingAt('resendOverTheAir', 'SMSC_REFUSED', 1).start();
  await run.reaches('awaitingCard');
  await run.deliveryFails();
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
  await run.passes({ hours: 1 });
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir', 2);
});

test('a forged location update under the id of another event makes nobody deaf to that event', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.locationUpdateArrives({ eventId: 'delivery-failed/1' });
  await run.deliveryFails('delivery-failed/1');
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
});
