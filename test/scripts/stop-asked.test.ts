import { stopAsked } from '../../scripts/stop-asked.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(name);
});

test('a run whose parent is there is not told to stop', async () => {
  const asked = stopAsked(() => 4711);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(asked.now()).toBe(false);
});

test('a run whose parent has died is told to stop within a second', async () => {
  let parent = 4711;
  const asked = stopAsked(() => parent);
  await jest.advanceTimersByTimeAsync(600);
  parent = 1;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(asked.now()).toBe(true);
  expect(asked.abort.aborted).toBe(true);
  await asked.signal;
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s tells a run to stop', async (name) => {
  const asked = stopAsked(() => 4711);
  process.emit(name);
  await asked.signal;
  expect(asked.now()).toBe(true);
});
