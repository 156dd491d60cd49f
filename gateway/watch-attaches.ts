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
  let wasInTrouble = false;
  while (!signal.aborted) {
    try {
      await askAll(watch, told, signal);
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

async function askAll(
  { hlr, imsis, onAttach }: AttachWatch,
  told: Map<Imsi, string>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = await imsis();
  const present = new Set(wanted);
  for (const imsi of told.keys()) if (!present.has(imsi)) told.delete(imsi);
  for (const imsi of wanted) {
    if (signal.aborted) return;
    const subscriber = await hlr.subscriber(imsi);
    const locationUpdate = subscriber?.locationUpdate;
    if (subscriber === undefined || locationUpdate === undefined || locationUpdate === null) continue;
    if (told.get(imsi) === locationUpdate.at) continue;
    await onAttach({ ...subscriber, locationUpdate });
    told.set(imsi, locationUpdate.at);
  }
}
