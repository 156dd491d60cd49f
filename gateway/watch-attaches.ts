import { setTimeout as wait } from 'node:timers/promises';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import type { Hlr, HlrSubscriber } from './hlr.ts';
import { messageOf, type Log } from './log.ts';

/** A subscriber with a location update that has not been told yet. */
export type Attached = HlrSubscriber & { readonly locationUpdate: NonNullable<HlrSubscriber['locationUpdate']> };

export interface AttachWatch {
  readonly hlr: Hlr;
  /** Whose attaching matters now; asked before each round. */
  readonly imsis: () => Promise<readonly Imsi[]>;
  readonly everySeconds: number;
  /** Told at least once of each location update, and again after a start; what it rejects is told again in the next round. */
  readonly onAttach: (subscriber: Attached) => Promise<void>;
  /** Given each answer of the HLR, before anything is told of it; what it rejects is a question that failed. */
  readonly onShown?: (subscriber: HlrSubscriber) => Promise<void>;
  readonly log: Log;
}

/** Asks an HLR that tells nobody, round after round, for location updates that are new. */
export function watchAttaches(watch: AttachWatch): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const rounds = keepAsking(watch, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await rounds;
    },
  };
}

async function keepAsking(watch: AttachWatch, signal: AbortSignal): Promise<void> {
  const { everySeconds, log } = watch;
  const told = new Map<Imsi, string>();
  let failing: Failures = new Map();
  let wasInTrouble = false;
  while (!signal.aborted) {
    try {
      const failed = await askAll(watch, told, signal);
      for (const [imsi, cause] of failed) {
        if (!failing.has(imsi)) log('warn', 'location updates of a subscriber are not seen for now', { imsi, cause });
      }
      failing = failed;
      if (wasInTrouble) log('info', 'the HLR can be asked for location updates again');
      wasInTrouble = false;
    } catch (cause) {
      if (!wasInTrouble) log('warn', 'location updates are not seen for now', { cause: messageOf(cause) });
      wasInTrouble = true;
    }
    // Only stop() aborts the wait, and the loop looks at the signal next.
    await wait(everySeconds * 1_000, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Whose question failed, and why. */
type Failures = ReadonlyMap<Imsi, string>;

/** Asks for each, whichever others fail; rejects when all of them do, since then it is not for anything about one of them. */
async function askAll(watch: AttachWatch, told: Map<Imsi, string>, signal: AbortSignal): Promise<Failures> {
  const wanted = await watch.imsis();
  const present = new Set(wanted);
  for (const imsi of told.keys()) if (!present.has(imsi)) told.delete(imsi);
  const failed = new Map<Imsi, string>();
  for (const imsi of wanted) {
    if (signal.aborted) return failed;
    await ask(watch, told, imsi).catch((cause: unknown) => failed.set(imsi, messageOf(cause)));
  }
  const [first] = failed.values();
  if (first !== undefined && failed.size === wanted.length) throw new Error(first);
  return failed;
}

async function ask({ hlr, onShown, onAttach }: AttachWatch, told: Map<Imsi, string>, imsi: Imsi): Promise<void> {
  const subscriber = await hlr.subscriber(imsi);
  if (subscriber === undefined) return;
  await onShown?.(subscriber);
  const { locationUpdate } = subscriber;
  if (locationUpdate === null) return;
  if (told.get(imsi) === locationUpdate.at) return;
  await onAttach({ ...subscriber, locationUpdate });
  told.set(imsi, locationUpdate.at);
}
