import type { HlrSubscriber } from './hlr.ts';
import { locationUpdated, locationUpdateRefused, type PublishHlrEvent } from './location-updates.ts';
import type { Operator } from './operator.ts';
import { traceOf } from './traces.ts';
import { watchAttaches, type Attached } from './watch-attaches.ts';

/**
 * Asks an HLR that tells nobody where subscribers are: every few seconds for those whose card is awaited, and as often as it sweeps
 * for those in quarantine, which nobody should use. Publishes what it finds, in place of the HLR.
 */
export function watchSubscribers(
  operator: Operator,
  { publish, everySeconds }: { readonly publish: PublishHlrEvent; readonly everySeconds: number },
): { stop(): Promise<void> } {
  const { config, hlr, reservations, subscribers, store, log } = operator;
  const toldRefusals = new Map<string, string>();
  const watches = [
    watchAttaches({
      ...{ hlr, log, everySeconds },
      imsis: async () => (await reservations.waiting()).map(({ imsi }) => imsi),
      // Keeps the time of an authentication as exact as the rounds are.
      onShown: async (subscriber) => {
        await traceOf(operator, subscriber);
      },
      onAttach: async (subscriber: Attached) => {
        await publish(locationUpdated(config, subscriber));
        await reservations.settle(store.database, subscriber.imsi);
      },
    }),
    watchAttaches({
      ...{ hlr, log, everySeconds: config.sweepSeconds },
      imsis: () => subscribers.inQuarantine(),
      onShown: tellRefusal,
      onAttach: (subscriber) => publish(locationUpdated(config, subscriber)),
    }),
  ];
  return {
    stop: async () => {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };

  /** At least once for each time that the card was there since the round before, and again after a start. */
  async function tellRefusal(subscriber: HlrSubscriber): Promise<void> {
    const { imsi } = subscriber;
    const { refusedAt } = await traceOf(operator, subscriber);
    if (typeof refusedAt !== 'string' || toldRefusals.get(imsi) === refusedAt) return;
    await publish(locationUpdateRefused(config, { imsi, refusedAt }));
    toldRefusals.set(imsi, refusedAt);
  }
}
