import type { Database } from '../../adapters/database/database.ts';
import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';
import type { PacketTools } from '../packets/build-packet.ts';

export interface DeliveryDependencies extends PacketTools {
  readonly smsc: string;
  readonly database: Database;
  readonly bus: EventBus;
  readonly index: CardIndex;
  /** Milliseconds since the epoch; default: the clock of this machine. */
  readonly now?: () => number;
  /** Does something after so many milliseconds; default: a timer. */
  readonly later?: ((action: () => void, milliseconds: number) => void) | undefined;
  readonly log: (level: 'error' | 'warn' | 'info', message: string, fields?: { readonly code: string }) => void;
}

/** A message that is nothing of ours, although it could be read; it goes to the dead letters with this reason. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';
}
