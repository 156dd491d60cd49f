import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { NewFact } from './facts.ts';
import type { OperatorFaults } from './faults.ts';
import type { Subscribers } from './subscribers.ts';

/** What the interfaces of one operator share. */
export interface Network {
  readonly id: string;
  readonly plmn: Plmn;
  /** The subscribers' keys are computed from it. */
  readonly seed: string;
  readonly poolSize: number;
  readonly subscribers: Subscribers;
  readonly faults: OperatorFaults;
  /** Makes facts durable and true, all or none, and publishes their events later. */
  readonly record: (...facts: readonly NewFact[]) => void;
}
