import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 20;

/** Repeats an assertion until it holds; fails with its last failure. */
export async function eventually(assertion: () => void | Promise<void>, withinMilliseconds = 20_000): Promise<void> {
  const deadline = Date.now() + withinMilliseconds;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await delay(PAUSE_MILLISECONDS);
    }
  }
}
