import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import type { Fact, RegistrationRefusal } from './facts.ts';

/** When the cards of the file are taken to have attached for the first time. */
const FACTORY_ATTACH_AT = '2025-01-01T00:00:00.000Z';

export interface Subscriber {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  /** Undefined for the cards of the file, whose keys are computed. */
  readonly sealedKeys: string | undefined;
  readonly barred: boolean;
  readonly deleted: boolean;
  /** Whether a serving node has it, and which one where that is known. */
  readonly attached: boolean;
  readonly node: string | undefined;
  /** What the serving node last said of the device. */
  readonly imei: Imei | null;
  /** The last one, also when the device has detached since. */
  readonly locationUpdate: { readonly at: string; readonly imei: Imei | null } | null;
  /** The last one; a failure that a node reported stays the outcome until the card registers, however often it asks again. */
  readonly authentication: { readonly at: string; readonly outcome: 'seen' | 'failed' } | null;
  /** When a card was last told that it may not come in, since the subscriber was barred. */
  readonly refusedAt: string | null;
  /** The last time that a card was not registered although it may come in, and why; null once one was. */
  readonly refusal: { readonly at: string; readonly cause: RegistrationRefusal } | null;
  /** SEQ of the last vector that was given out (3GPP TS 33.102 C.1.1.1). */
  readonly seq: number;
}

export const SUBSCRIBER_STATES = ['provisioned', 'active', 'barred', 'deleted'] as const;
export type SubscriberState = (typeof SUBSCRIBER_STATES)[number];

/** One word for people and tests. */
export function stateOf({ deleted, barred, locationUpdate }: Subscriber): SubscriberState {
  if (deleted) return 'deleted';
  if (barred) return 'barred';
  return locationUpdate === null ? 'provisioned' : 'active';
}

export interface Consent {
  readonly iccid: Iccid;
  readonly decision: 'granted' | 'refused' | undefined;
}

const FRESH = {
  ...{ barred: false, deleted: false, attached: false },
  ...{
    node: undefined,
    imei: null,
    locationUpdate: null,
    authentication: null,
    refusedAt: null,
    refusal: null,
    seq: 0,
  },
} as const;
const GONE = { attached: false, node: undefined } as const;

/** What is true at the operator, computed from facts alone, so that it is the same after a restart. */
export class Subscribers {
  readonly #subscribers = new Map<Imsi, Subscriber>();
  readonly #consents = new Map<string, Consent>();

  constructor(factoryCards: readonly FactoryCard[]) {
    for (const { imsi, msisdn, imei } of factoryCards) {
      const locationUpdate = { at: FACTORY_ATTACH_AT, imei };
      this.#subscribers.set(imsi, {
        ...FRESH,
        imsi,
        msisdn,
        sealedKeys: undefined,
        attached: true,
        imei,
        locationUpdate,
      });
    }
  }

  /** All that there ever were. */
  all(): Iterable<Subscriber> {
    return this.#subscribers.values();
  }

  /** One that the HLR has: what was deleted is not there. */
  find(imsi: string): Subscriber | undefined {
    const subscriber = (this.#subscribers as ReadonlyMap<string, Subscriber>).get(imsi);
    return subscriber?.deleted === true ? undefined : subscriber;
  }

  consent(changeId: string): Consent | undefined {
    return this.#consents.get(changeId);
  }

  apply(fact: Fact): void {
    switch (fact.kind) {
      case 'provisioned': {
        const { imsi, msisdn, sealedKeys } = fact;
        this.#subscribers.set(imsi, { ...FRESH, imsi, msisdn, sealedKeys });
        return;
      }
      // As in osmo-hlr, where setting the keys sets SQN to 0: the card has it resynchronised.
      case 'rekeyed':
        this.#update(fact.imsi, { sealedKeys: fact.sealedKeys, seq: 0, ...GONE });
        return;
      case 'barred':
        this.#update(fact.imsi, { barred: true, refusedAt: null, refusal: null, ...GONE });
        return;
      case 'unbarred':
        this.#update(fact.imsi, { barred: false, refusedAt: null });
        return;
      case 'deleted':
        this.#update(fact.imsi, { deleted: true, ...GONE, locationUpdate: null });
        return;
      case 'authenticationSeen': {
        const outcome = this.find(fact.imsi)?.authentication?.outcome === 'failed' ? 'failed' : 'seen';
        this.#update(fact.imsi, { seq: fact.seq, authentication: { at: fact.at, outcome } });
        return;
      }
      case 'authenticationFailed':
        this.#update(fact.imsi, { authentication: { at: fact.at, outcome: 'failed' } });
        return;
      case 'locationUpdateRefused':
        this.#update(fact.imsi, { refusedAt: fact.at });
        return;
      case 'registrationRefused':
        this.#update(fact.imsi, { refusal: { at: fact.at, cause: fact.cause } });
        return;
      case 'resynchronised':
        this.#update(fact.imsi, { seq: fact.seq });
        return;
      case 'imeiChecked':
        this.#update(fact.imsi, { imei: fact.imei });
        return;
      case 'locationUpdated': {
        const { imsi, node, imei, at } = fact;
        const authentication = { at, outcome: 'seen' } as const;
        this.#update(imsi, { attached: true, node, imei, locationUpdate: { at, imei }, authentication, refusal: null });
        return;
      }
      case 'detached':
        this.#update(fact.imsi, GONE);
        return;
      case 'consentAsked':
        this.#consents.set(fact.changeId, { iccid: fact.iccid, decision: undefined });
        return;
      case 'consentDecided': {
        const consent = this.#consents.get(fact.changeId);
        if (consent !== undefined) this.#consents.set(fact.changeId, { ...consent, decision: fact.decision });
        return;
      }
      case 'cancelled':
      case 'reachabilityReported':
        return;
    }
  }

  #update(imsi: Imsi, changed: Partial<Omit<Subscriber, 'imsi'>>): void {
    const known = this.#subscribers.get(imsi);
    // A journal may speak of a card that has left the cards file since.
    if (known !== undefined) this.#subscribers.set(imsi, { ...known, ...changed });
  }
}
