import { SendRate } from '../../../adapters/smsc/send-rate.ts';

let now: number;
beforeEach(() => {
  now = 0;
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => jest.useRealTimers());

const byTheClock = { random: () => 0 };

/** How long a bind rests at an SMSC that throttles now. */
function restAfterThrottling(rate: SendRate): number {
  rate.slowDown();
  const rest = rate.restMilliseconds;
  now += rest;
  jest.setSystemTime(now);
  return rest;
}

test('an SMSC that goes on throttling is left alone for twice as long each time, up to a minute', () => {
  const rate = new SendRate(byTheClock);
  const rests = Array.from({ length: 11 }, () => restAfterThrottling(rate));
  expect(rests).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('a part of each pause is left to chance, and none is longer than it would be without, or shorter than three quarters of that', () => {
  const chances = [0.5, 0.999, 0];
  const rate = new SendRate({ random: () => chances.shift() ?? 0 });
  expect([1, 2, 3].map(() => restAfterThrottling(rate))).toEqual([219, 375, 1_000]);
});

test('the longest pause is a setting, and no pause is longer', () => {
  const rests = (longestPauseMilliseconds: number) => {
    const rate = new SendRate({ ...byTheClock, longestPauseMilliseconds });
    return Array.from({ length: 3 }, () => restAfterThrottling(rate));
  };
  expect(rests(400)).toEqual([250, 400, 400]);
  expect(rests(100)).toEqual([100, 100, 100]);
});

test('an SMSC that has taken something is slowed down from the beginning when it next throttles', () => {
  const rate = new SendRate(byTheClock);
  for (let times = 0; times < 4; times += 1) restAfterThrottling(rate);
  rate.taken();
  expect(restAfterThrottling(rate)).toBe(250);
});

test('requests that are throttled at the same moment slow the bind down once', () => {
  const rate = new SendRate(byTheClock);
  rate.slowDown();
  rate.slowDown();
  expect(rate.restMilliseconds).toBe(250);
});

test('after a pause one request goes alone, and the others follow once the SMSC has taken it', async () => {
  const rate = new SendRate(byTheClock);
  restAfterThrottling(rate);
  expect(await rate.turn()).toBe(true);
  expect(rate.restMilliseconds).toBe(250);
  rate.taken();
  expect(rate.restMilliseconds).toBe(0);
  expect([await rate.turn(), await rate.turn()]).toEqual([true, true]);
});

test('a request that goes alone and draws no answer holds the others up no longer than the first pause', async () => {
  const rate = new SendRate(byTheClock);
  restAfterThrottling(rate);
  await rate.turn();
  now += 250;
  jest.setSystemTime(now);
  expect(await rate.turn()).toBe(true);
});

/** A bind whose requests wait for the test to wake them, first come, first served. */
function asleep() {
  const sleepers: (() => void)[] = [];
  const rate = new SendRate({
    ...byTheClock,
    longestPauseMilliseconds: 40,
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
  });
  rate.slowDown();
  return { rate, wake: () => sleepers.shift()?.() };
}

test('of requests that wait for the end of a pause the first goes alone', async () => {
  const { rate, wake } = asleep();
  const turns = [rate.turn(), rate.turn()];
  jest.setSystemTime(40);
  wake();
  wake();
  expect(await Promise.all(turns)).toEqual([true, false]);
});

test('a request that has waited while the SMSC throttled once more is told that it is not its turn', async () => {
  const { rate, wake } = asleep();
  const turn = rate.turn();
  jest.setSystemTime(40);
  rate.slowDown();
  wake();
  expect(await turn).toBe(false);
  expect(rate.restMilliseconds).toBe(40);
});
