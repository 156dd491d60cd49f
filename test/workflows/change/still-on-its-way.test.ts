import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test('a packet that the SMSC says it still has is not sent again, and looked at again later', async () => {
  const run = await bench.change().start();
  run.network.resends.push('stillOnItsWay');
  await run.reaches('awaitingCard');
  await run.deviceComesBack();
  await run.passes({ seconds: 700 });
  expect(run.timesCalled('resendOverTheAir')).toBe(1);
  await run.passes({ seconds: 700 });
  expect(run.timesCalled('resendOverTheAir')).toBe(2);
  await run.cardConfirms();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});
