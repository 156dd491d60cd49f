import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export const floorSignal = defineSignal('floor');

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '15 seconds' });

/** W0: the least that a durable change could be made of: five activities in sequence, two signals. */
export async function floor(): Promise<void> {
  let signals = 0;
  setHandler(floorSignal, () => {
    signals += 1;
  });
  for (let step = 0; step < 3; step += 1) await nothing();
  await condition(() => signals >= 1);
  await nothing();
  await condition(() => signals >= 2);
  await nothing();
}
