import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { MilenageKeys } from '../../telecom/milenage.ts';
import type { Log } from '../support/log.ts';
import type { NewFact } from './facts.ts';
import type { OperatorFaults } from './faults.ts';
import type { Subscriber, Subscribers } from './subscribers.ts';

/** What the interfaces of one operator share. */
export interface Network {
  readonly id: string;
  readonly plmn: Plmn;
  readonly subscribers: Subscribers;
  readonly keys: SubscriberKeyring;
  readonly faults: OperatorFaults;
  /** Makes facts durable and true, all or none, and publishes their events later. */
  readonly record: (...facts: readonly NewFact[]) => void;
  readonly log: Log;
}

/** The authentication centre's keys: computed for the cards of the file, sealed in the journal for the others. */
export interface SubscriberKeyring {
  of(subscriber: Subscriber): MilenageKeys;
  seal(imsi: Subscriber['imsi'], keys: MilenageKeys): string;
}
