import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();

test('a card that the target does not register keeps both subscriptions, is parked with the cause, and completes once it attaches', async () => {
  const run = await bench.change().start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  run.network.refusal = { cause: 'roamingNotAllowed' };
  await run.passes({ hours: 2 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'awaitingAttach', code: 'ATTACH_REFUSED' });
  await run.passes({ hours: 30 * 24 });
  expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED' });
  const { reason } = await run.situation();
  expect(reason?.message).toContain('roaming is not allowed there');
  expect(await run.currentDetails()).toContain('correct its provisioning');
  expect(run.network.timeline.filter(({ code }) => code === 'ATTACH_REFUSED')).toHaveLength(2);
  expect(run.network.alive).toEqual(['source', 'target']);
  run.network.refusal = undefined;
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect((await run.history()).events?.length).toBeLessThan(150);
});
