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

test('an SMSC that goes on throttling is left alone for twice as long each time, up to five seconds', () => {
  const pace = new Pace();
  const rests = Array.from({ length: 7 }, () => restAfterThrottling(pace));
  expect(rests).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

test('an SMSC that has taken something is slowed down from the beginning when it next throttles', () => {
  const pace = new Pace();
  for (let times = 0; times < 4; times += 1) restAfterThrottling(pace);
  pace.taken();
  expect(restAfterThrottling(pace)).toBe(250);
});

test('requests that are throttled at the same moment slow the bind down once', () => {
  const pace = new Pace();
  pace.slowDown();
  pace.slowDown();
  expect(pace.restMilliseconds).toBe(250);
});
