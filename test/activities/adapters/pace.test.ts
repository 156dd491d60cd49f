import { Pace } from '../../../activities/adapters/smsc/pace.ts';

let now: number;
beforeEach(() => {
  now = 0;
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => jest.useRealTimers());

/** How long a bind rests at an SMSC that throttles now. */
function restAfterThrottling(pace: Pace): number {
  pace.slowDown();
  const rest = pace.restMilliseconds;
  now += rest;
  jest.setSystemTime(now);
  return rest;
}

const byTheClock = { random: () => 0 };

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
