import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 20;

/** Repeats an assertion until it holds, and resolves to what it answers; fails with its last failure. */
export async function eventually<Answer>(
  assertion: () => Answer | Promise<Answer>,
  withinMilliseconds = 20_000,
): Promise<Answer> {
  const deadline = Date.now() + withinMilliseconds;
  for (;;) {
    try {
      return await assertion();
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await delay(PAUSE_MILLISECONDS);
    }
  }
}
