import { Rate } from '../../../adapters/smsc/rate.ts';

let now: number;
let rate: Rate;
beforeEach(() => {
  now = 10_000;
  jest.useFakeTimers({ now });
  rate = new Rate();
});
afterEach(() => jest.useRealTimers());

function wait(milliseconds: number): void {
  now += milliseconds;
  jest.setSystemTime(now);
}

/** What the SMSC takes within some seconds when there is always a request that wants to go; looked at each millisecond. */
function takenWithin(seconds: number): number {
  let taken = 0;
  for (let millisecond = 0; millisecond < seconds * 1_000; millisecond += 1) {
    while (rate.restMilliseconds(0) === 0 && taken < 10_000 && rate.take()) taken += 1;
    wait(1);
  }
  return taken;
}

/** The SMSC takes so many requests in the second of the clock that ends now. */
function takes(requests: number): void {
  for (let request = 0; request < requests; request += 1) rate.taken();
}

/** The SMSC throttles, and the bind rests for so long. */
function throttledFor(milliseconds: number): void {
  rate.halve(now + milliseconds);
  wait(milliseconds);
}

test('a bind has no limit before its SMSC throttles', () => {
  for (let request = 0; request < 5_000; request += 1) {
    expect(rate.restMilliseconds(0)).toBe(0);
    expect(rate.take()).toBe(true);
  }
});

test('after throttling a bind goes half as fast as what the SMSC had taken, beginning with one request', () => {
  takes(100);
  throttledFor(250);
  expect(rate.restMilliseconds(0)).toBe(0);
  expect(rate.take()).toBe(true);
  expect(rate.take()).toBe(false);
  expect(rate.restMilliseconds(0)).toBe(20);
  expect(rate.restMilliseconds(4)).toBe(100);
});

test('nothing goes, and nothing is saved up, while the bind rests', () => {
  takes(100);
  rate.halve(now + 30_000);
  wait(29_999);
  expect(rate.take()).toBe(false);
  expect(rate.restMilliseconds(0)).toBe(1);
  wait(1);
  expect([rate.take(), rate.take()]).toEqual([true, false]);
});

test('each throttling halves the rate again, down to one request a second', () => {
  takes(16);
  const rests = Array.from({ length: 6 }, () => {
    throttledFor(0);
    rate.take();
    return rate.restMilliseconds(0);
  });
  expect(rests).toEqual([125, 250, 500, 1_000, 1_000, 1_000]);
});

test('the rate rises by one request a second each second', () => {
  takes(40);
  throttledFor(0);
  const seconds = [1, 2, 3].map(() => takenWithin(1));
  expect(seconds[0]).toBeGreaterThanOrEqual(19);
  expect(seconds[0]).toBeLessThanOrEqual(22);
  expect((seconds[2] ?? 0) - (seconds[0] ?? 0)).toBeGreaterThanOrEqual(1);
  expect((seconds[2] ?? 0) - (seconds[0] ?? 0)).toBeLessThanOrEqual(3);
});

test('the limit goes when the rate is twice what the SMSC had taken, and not before', () => {
  takes(40);
  throttledFor(0);
  wait(59_000);
  rate.take();
  // Up to then 79 a second: a tenth of a second's worth is saved up.
  expect(Array.from({ length: 20 }, () => rate.take()).filter(Boolean)).toHaveLength(6);
  wait(1_001);
  expect(Array.from({ length: 500 }, () => rate.take())).not.toContain(false);
});

test('an SMSC that throttles before it has taken anything is offered one request a second, and ten after nine seconds', () => {
  throttledFor(0);
  rate.take();
  expect(rate.restMilliseconds(0)).toBe(1_000);
  wait(8_000);
  rate.take();
  expect(rate.restMilliseconds(0)).toBe(112);
  wait(1_000);
  expect(rate.restMilliseconds(100)).toBe(0);
});

test('what the SMSC had taken is not measured anew while there is a limit, which it is itself the reason of', () => {
  takes(40);
  throttledFor(0);
  wait(60_000 - 41_000);
  takes(2);
  throttledFor(0);
  // 39 a second by then, so that 19.5 go on; the limit goes at 80, and is still there at twice the 2 that went meanwhile.
  wait(10_000);
  rate.take();
  expect(Array.from({ length: 20 }, () => rate.take())).toContain(false);
});

test('what the SMSC has taken is measured anew each time that there was no limit', () => {
  takes(40);
  throttledFor(0);
  wait(61_000);
  takes(10);
  throttledFor(0);
  rate.take();
  expect(rate.restMilliseconds(0)).toBe(200);
});

test('what was taken in an earlier second than the last one does not count', () => {
  takes(100);
  wait(1_000);
  takes(8);
  wait(1_000);
  takes(2);
  throttledFor(0);
  rate.take();
  expect(rate.restMilliseconds(0)).toBe(250);
});

test('a quiet bind saves up no more than a tenth of a second', () => {
  takes(200);
  throttledFor(0);
  wait(10_000);
  let taken = 0;
  while (rate.take()) taken += 1;
  expect(taken).toBe(11);
});
