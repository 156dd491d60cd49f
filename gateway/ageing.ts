import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from './log.ts';
import { Problem } from './http/problem.ts';
import type { Operator } from './operator.ts';
import { finishDeletion } from './release.ts';
import { lapse } from './withdraw.ts';

const MOST_AT_ONCE = 500;

/**
 * What time alone does: leases run out, quarantines end, and what an earlier process began and did not end is ended. One process of
 * a gateway sweeps at a time; what fails is tried again by the next sweep.
 */
export async function sweep(operator: Operator): Promise<void> {
  const { store, reservations, subscribers } = operator;
  await store.alone('sweep', async () => {
    for (const changeId of await reservations.due(MOST_AT_ONCE)) await lapseUnlessAttached(operator, changeId);
    for (const imsi of await subscribers.beingDeleted()) await finishDeletion(operator, imsi);
    for (const imsi of await subscribers.rested(MOST_AT_ONCE)) {
      if (!(await subscribers.beginRemoval(imsi))) continue;
      await operator.hlr.remove(imsi);
      await subscribers.giveBack(imsi);
    }
  });
}

async function lapseUnlessAttached(operator: Operator, changeId: string): Promise<void> {
  try {
    await lapse(operator, changeId);
  } catch (cause) {
    // A card was faster than the lease: it keeps its subscription, which has no lease any more.
    if (!(cause instanceof Problem) || cause.code !== 'SUBSCRIBER_ATTACHED') throw cause;
  }
}

/** Sweeps at intervals until it is stopped. */
export class Ageing {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(operator: Operator) {
    this.#running = this.#run(operator);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(operator: Operator): Promise<void> {
    const { signal } = this.#stopping;
    const intervalMs = operator.config.sweepSeconds * 1_000;
    while (!signal.aborted) {
      await sweep(operator).catch((cause: unknown) => {
        operator.log('warn', 'a sweep did not end, the next one goes on', { reason: messageOf(cause) });
      });
      // Only stop() aborts the wait, and the loop looks at the signal next.
      await wait(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
