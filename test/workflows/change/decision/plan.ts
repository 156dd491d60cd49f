import type { Admission } from '../../../../workflows/change/ports.ts';
import type { World } from './world.ts';

/** How a card takes the packet that writes the subscription. */
export type CardKind = 'takes' | 'refuses' | 'tears' | 'stopsPartWay';

export interface Plan {
  readonly card: CardKind;
  /** What its profile has to read it back with. */
  readonly readBack?: Admission['readBack'];
  /** A card that was torn is written again once it is in reach. */
  readonly rewritable?: boolean;
  /** The card's counter is so much ahead of the registry's. */
  readonly counterAhead: number;
}

/** Nothing is wrong around the card any more. */
export const ALL_WELL: Partial<World> = {
  ...{ targetAway: false, smscAway: false, submissionIsLost: false, sourceRefuses: false },
  ...{ seenAtSource: false, oldSubscriber: { standing: 'served' } },
};
