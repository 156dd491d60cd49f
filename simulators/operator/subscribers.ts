import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import type { Fact } from './facts.ts';

/** When the cards of the file are taken to have attached for the first time. */
const FACTORY_ATTACH_AT = '2025-01-01T00:00:00.000Z';

export const SUBSCRIBER_STATES = ['reserved', 'active', 'barred', 'quarantined', 'deleted'] as const;
export type SubscriberState = (typeof SUBSCRIBER_STATES)[number];

export interface Subscriber {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  readonly state: SubscriberState;
  readonly attached: boolean;
  /** The last one, also when the device has detached since; gone when the subscriber is deleted. */
  readonly locationUpdate: { readonly at: string; readonly imei: Imei } | null;
}

export type Reservation =
  | { readonly kind: 'reserved'; readonly iccid: Iccid; readonly imsi: Imsi }
  | { readonly kind: 'withdrawn'; readonly imsi: Imsi | undefined };

export interface Consent {
  readonly iccid: Iccid;
  readonly decision: 'granted' | 'refused' | undefined;
}

/** What is true at the operator, computed from facts alone, so that it is the same after a restart. */
export class Subscribers {
  readonly #subscribers = new Map<Imsi, Subscriber>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #consents = new Map<string, Consent>();
  #reservedSoFar = 0;

  constructor(factoryCards: readonly FactoryCard[]) {
    for (const { imsi, msisdn, imei } of factoryCards) {
      const locationUpdate = { at: FACTORY_ATTACH_AT, imei };
      this.#subscribers.set(imsi, { imsi, msisdn, state: 'active', attached: true, locationUpdate });
    }
  }

  /** How many IMSIs the pool has given out; none is given out twice. */
  get reservedSoFar(): number {
    return this.#reservedSoFar;
  }

  all(): Iterable<Subscriber> {
    return this.#subscribers.values();
  }

  subscriber(imsi: string): Subscriber | undefined {
    return (this.#subscribers as ReadonlyMap<string, Subscriber>).get(imsi);
  }

  reservation(changeId: string): Reservation | undefined {
    return this.#reservations.get(changeId);
  }

  consent(changeId: string): Consent | undefined {
    return this.#consents.get(changeId);
  }

  apply(fact: Fact): void {
    switch (fact.kind) {
      case 'reserved': {
        const { imsi, msisdn, iccid, changeId } = fact;
        this.#reservedSoFar += 1;
        this.#reservations.set(changeId, { kind: 'reserved', iccid, imsi });
        this.#subscribers.set(imsi, { imsi, msisdn, state: 'reserved', attached: false, locationUpdate: null });
        return;
      }
      case 'withdrawn':
        this.#reservations.set(fact.changeId, { kind: 'withdrawn', imsi: fact.imsi });
        if (fact.imsi !== undefined) this.#update(fact.imsi, { state: 'quarantined' });
        return;
      case 'barred':
        this.#update(fact.imsi, { state: 'barred' });
        return;
      case 'deleted':
        this.#update(fact.imsi, { state: 'deleted', attached: false, locationUpdate: null });
        return;
      case 'locationUpdated': {
        const { imsi, imei, at } = fact;
        this.#update(imsi, { state: 'active', attached: true, locationUpdate: { at, imei } });
        return;
      }
      case 'detached':
        this.#update(fact.imsi, { attached: false });
        return;
      case 'consentAsked':
        this.#consents.set(fact.changeId, { iccid: fact.iccid, decision: undefined });
        return;
      case 'consentDecided': {
        const consent = this.#consents.get(fact.changeId);
        if (consent !== undefined) this.#consents.set(fact.changeId, { ...consent, decision: fact.decision });
        return;
      }
      case 'authenticationFailed':
        return;
    }
  }

  #update(imsi: Imsi, changed: Partial<Omit<Subscriber, 'imsi'>>): void {
    const known = this.#subscribers.get(imsi);
    // A journal may speak of a card that has left the cards file since.
    if (known !== undefined) this.#subscribers.set(imsi, { ...known, ...changed });
  }
}
