import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../application/errors.ts';

const ASKED_AGAIN_WITHIN_MILLISECONDS = 60_000;
const ASK_AGAIN_MILLISECONDS = 500;

/** Asks again while a service is away for a moment; what is asked has to be repeatable. */
export async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const deadline = Date.now() + ASKED_AGAIN_WITHIN_MILLISECONDS;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (!isAway(cause) || Date.now() > deadline) throw cause;
      await delay(ASK_AGAIN_MILLISECONDS);
    }
  }
}
