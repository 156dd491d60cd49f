import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export const floorSignal = defineSignal('floor');

export interface FloorActivities {
  nothing(): Promise<void>;
  /** Does nothing either; the two signals follow it from outside, as the events of a card follow its message. */
  send(): Promise<void>;
}

const { nothing, send } = proxyActivities<FloorActivities>({ startToCloseTimeout: '15 seconds' });

/** W0: the least that a durable change could be made of: five activities in sequence, two events that are waited for. */
export async function floor(): Promise<void> {
  let signals = 0;
  setHandler(floorSignal, () => {
    signals += 1;
  });
  await nothing();
  await nothing();
  await send();
  await condition(() => signals >= 1);
  await nothing();
  await condition(() => signals >= 2);
  await nothing();
}
