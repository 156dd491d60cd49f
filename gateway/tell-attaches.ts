import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { locationUpdated, type PublishHlrEvent } from './location-updates.ts';
import type { Operator } from './operator.ts';
import { watchAttaches } from './watch-attaches.ts';

interface Telling {
  readonly publish: PublishHlrEvent;
  readonly everySeconds: number;
}

/**
 * Publishes on behalf of an HLR that publishes nothing: asks it for every subscriber that waits for its first card, and tells of the
 * card when it is there. A reservation counts as attached only once that is told, so that it is told again after a crash.
 */
export function tellAttaches(operator: Operator, { publish, everySeconds }: Telling): { stop(): Promise<void> } {
  const { hlr, reservations, config, log } = operator;
  let changes: ReadonlyMap<Imsi, string> = new Map();
  return watchAttaches({
    ...{ hlr, everySeconds, log },
    imsis: async () => {
      changes = new Map((await reservations.waiting()).map(({ imsi, changeId }) => [imsi, changeId]));
      return [...changes.keys()];
    },
    onAttach: async (attached) => {
      await publish(locationUpdated(config, attached));
      const changeId = changes.get(attached.imsi);
      if (changeId !== undefined) await rememberAttach(operator, changeId);
    },
  });
}

function rememberAttach({ store, reservations }: Operator, changeId: string): Promise<void> {
  return store.locked(`change/${changeId}`, async (database) => {
    // It may have been withdrawn since the round began.
    const known = await reservations.find(database, changeId);
    if (known?.state === 'reserved') await reservations.enter(database, changeId, { state: 'attached' });
  });
}
