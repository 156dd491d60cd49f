import { setTimeout as wait } from 'node:timers/promises';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { messageOf } from './log.ts';
import { Problem } from './http/problem.ts';
import type { Operator } from './operator.ts';
import { warnOfPool } from './pool-warning.ts';
import { finishDeletion } from './release.ts';
import { traceOf } from './traces.ts';
import { lapse } from './withdraw.ts';

const MOST_AT_ONCE = 500;

/**
 * What time alone does: leases run out, quarantines end, what an earlier process began and did not end is ended, and it is seen
 * how many IMSIs are left. One process of a gateway sweeps at a time; what fails keeps nothing else from its turn, and is tried again
 * by the next sweep. False when another one is under way.
 */
export async function sweep(operator: Operator, signal?: AbortSignal): Promise<boolean> {
  const { store, reservations, subscribers, log } = operator;
  const each = async <Item extends string>(items: readonly Item[], work: (item: Item) => Promise<void>) => {
    for (const item of items) {
      if (signal?.aborted === true) return;
      await work(item).catch((cause: unknown) => {
        log('warn', 'a sweep could not do one thing, the next one tries again', {
          changeOrImsi: item,
          reason: messageOf(cause),
        });
      });
    }
  };
  return store.alone('sweep', async () => {
    await each(await reservations.due(MOST_AT_ONCE), (changeId) => lapseUnlessAttached(operator, changeId));
    await each(await subscribers.beingDeleted(), (imsi) => finishDeletion(operator, imsi));
    await each(await subscribers.rested(MOST_AT_ONCE), (imsi) => giveBack(operator, imsi));
    await each(['the level of the pool'], () => warnOfPool(operator));
  });
}

async function giveBack(operator: Operator, imsi: Imsi): Promise<void> {
  const { subscribers, hlr } = operator;
  if (await isHeldBack(operator, imsi)) return;
  if (!(await subscribers.beginRemoval(imsi))) return;
  await hlr.remove(imsi);
  await subscribers.giveBack(imsi);
}

/**
 * True of a quarantined IMSI that a card has tried to use: a card may hold it, and would never be let in again. It stays until its
 * change restores it, or the operator's own staff deletes it at the HLR.
 */
async function isHeldBack(operator: Operator, imsi: Imsi): Promise<boolean> {
  const { subscribers, hlr, log } = operator;
  if ((await subscribers.state(imsi)) !== 'quarantined') return false;
  const there = await hlr.subscriber(imsi);
  if (there === undefined) return false;
  const { refusedAt } = await traceOf(operator, there);
  if (typeof refusedAt !== 'string' && there.locationUpdate === null) return false;
  if (await subscribers.holdBack(imsi)) {
    const sentence =
      'a card tried to use an IMSI in quarantine, which stays there; delete it at the HLR if nobody is to use it any more';
    log('warn', sentence, { imsi, refusedAt });
  }
  return true;
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
      await sweep(operator, signal).catch((cause: unknown) => {
        operator.log('warn', 'a sweep did not end, the next one goes on', { reason: messageOf(cause) });
      });
      // Only stop() aborts the wait, and the loop looks at the signal next.
      await wait(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
