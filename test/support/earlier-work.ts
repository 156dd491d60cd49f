import type { ChangeRecord } from '../../workflows/change/ports.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';

export type Packet = 'none' | 'sent' | 'accepted' | 'stopped';
export type TargetSubscription = 'none' | 'reserved' | 'active' | 'quarantined';

/** What an earlier, lost workflow left behind. */
export interface EarlierWork {
  readonly states: readonly ChangeState[];
  readonly target?: TargetSubscription;
  readonly packet?: Packet;
  /** What is on record of it. */
  readonly record?: ChangeRecord;
}
