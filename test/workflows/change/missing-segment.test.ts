import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test('a card that takes what it missed, sent alone, is sent nothing more and moved', async () => {
  const run = await bench.change().start();
  run.network.resends.push('part');
  await run.reaches('awaitingCard');
  await run.deliveryFails();
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
  await run.cardConfirms();
  await run.passes({ hours: 2 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a card that does not take what it missed is sent the whole packet soon, and once', async () => {
  const run = await bench.change().start();
  run.network.resends.push('part');
  await run.reaches('awaitingCard');
  await run.deliveryFails();
  await run.deviceComesBack();
  await run.attempts('resendOverTheAir');
  await run.passes({ seconds: 500 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.passes({ seconds: 200 });
  expect(run.timesCalled('resendOverTheAir')).toBe(2);
  await run.passes({ hours: 5 });
  expect(run.timesCalled('resendOverTheAir')).toBe(2);
});
