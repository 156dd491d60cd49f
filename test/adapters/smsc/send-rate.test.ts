import { Pace } from '../../../adapters/smsc/send-rate.ts';

let now: number;
beforeEach(() => {
  now = 0;
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => jest.useRealTimers());

const byTheClock = { random: () => 0 };

/** How long a bind rests at an SMSC that throttles now. */
function restAfterThrottling(pace: Pace): number {
  pace.slowDown();
  const rest = pace.restMilliseconds;
  now += rest;
  jest.setSystemTime(now);
  return rest;
}

test('an SMSC that goes on throttling is left alone for twice as long each time, up to a minute', () => {
  const pace = new Pace(byTheClock);
  const rests = Array.from({ length: 11 }, () => restAfterThrottling(pace));
  expect(rests).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('a part of each pause is left to chance, and none is longer than it would be without, or shorter than three quarters of that', () => {
  const chances = [0.5, 0.999, 0];
  const pace = new Pace({ random: () => chances.shift() ?? 0 });
  expect([1, 2, 3].map(() => restAfterThrottling(pace))).toEqual([219, 375, 1_000]);
});

test('the longest pause is a setting, and no pause is longer', () => {
  const rests = (longestPauseMilliseconds: number) => {
    const pace = new Pace({ ...byTheClock, longestPauseMilliseconds });
    return Array.from({ length: 3 }, () => restAfterThrottling(pace));
  };
  expect(rests(400)).toEqual([250, 400, 400]);
  expect(rests(100)).toEqual([100, 100, 100]);
});

test('an SMSC that has taken something is slowed down from the beginning when it next throttles', () => {
  const pace = new Pace(byTheClock);
  for (let times = 0; times < 4; times += 1) restAfterThrottling(pace);
  pace.taken();
  expect(restAfterThrottling(pace)).toBe(250);
});

test('requests that are throttled at the same moment slow the bind down once', () => {
  const pace = new Pace(byTheClock);
  pace.slowDown();
  pace.slowDown();
  expect(pace.restMilliseconds).toBe(250);
});

test('a bind that has been throttled goes on slower once its rest is over', async () => {
  const pace = new Pace(byTheClock);
  for (let request = 0; request < 20; request += 1) {
    expect(await pace.turn()).toBe(true);
    pace.taken();
  }
  restAfterThrottling(pace);
  expect(await pace.turn()).toBe(true);
  pace.taken();
  // 20 in the last second, so that 10 a second go now.
  expect(pace.restMilliseconds).toBe(100);
});

/** A bind whose requests wait for the test to wake them, first come, first served. */
function asleep() {
  const sleepers: (() => void)[] = [];
  const pace = new Pace({
    ...byTheClock,
    longestPauseMilliseconds: 40,
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
  });
  pace.slowDown();
  return { pace, wake: () => sleepers.shift()?.() };
}

test('requests that wait for their turn come before those that ask later', async () => {
  const { pace, wake } = asleep();
  const turns = [pace.turn(), pace.turn()];
  // One goes when the rest of 40 ms is over, and the others each a second later.
  expect(pace.restMilliseconds).toBe(2_040);
  jest.setSystemTime(40);
  wake();
  expect(await turns[0]).toBe(true);
  expect(pace.restMilliseconds).toBe(2_000);
  jest.setSystemTime(1_040);
  wake();
  expect(await turns[1]).toBe(true);
});

test('a request that has waited while the SMSC throttled once more is told that it is not its turn', async () => {
  const { pace, wake } = asleep();
  const turn = pace.turn();
  jest.setSystemTime(40);
  pace.slowDown();
  wake();
  expect(await turn).toBe(false);
  expect(pace.restMilliseconds).toBe(40);
});
