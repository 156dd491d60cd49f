import type { Admission } from '../../../workflows/ports.ts';

/** How a card takes the packet that writes the subscription. */
export type CardKind = 'takes' | 'refuses' | 'tears' | 'stopsPartWay';

export interface Plan {
  readonly card: CardKind;
  /** What its profile has to read it back with. */
  readonly readBack?: Admission['readBack'];
  /** The card's counter is so much ahead of the registry's. */
  readonly counterAhead: number;
}
