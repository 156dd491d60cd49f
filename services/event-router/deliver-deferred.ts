import { setTimeout as delay } from 'node:timers/promises';
import { signalOneWaiting, type SignalDependencies } from './signal-change.ts';

const LOOK_EVERY_MILLISECONDS = 1_000;

export interface WaitingDependencies extends SignalDependencies {
  readonly log: (level: 'error' | 'warn' | 'info', message: string) => void;
}

/** Delivers, until it is stopped, the location updates whose changes may be woken again; several of these share them. */
export function signalWaiting(dependencies: WaitingDependencies): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = keepLooking(dependencies, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function keepLooking(dependencies: WaitingDependencies, signal: AbortSignal): Promise<void> {
  let wasInTrouble = false;
  while (!signal.aborted) {
    try {
      let more = true;
      while (more && !stopped(signal)) more = await signalOneWaiting(dependencies);
      wasInTrouble = false;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (!wasInTrouble) dependencies.log('warn', `location updates that wait can't be signalled for now: ${reason}`);
      wasInTrouble = true;
    }
    // Only stop() aborts the wait, and the loop looks at the signal next.
    await delay(LOOK_EVERY_MILLISECONDS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** As a call, since the compiler takes what was read before an await to hold after it. */
const stopped = (signal: AbortSignal): boolean => signal.aborted;
