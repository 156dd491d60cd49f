import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import { subscriberKeys } from '../support/subscriber-keys.ts';
import type { Fact } from './facts.ts';
import type { KeyVault } from './key-vault.ts';
import { Uicc } from './uicc.ts';

/** A network that devices can attach to. */
export interface RadioNetwork {
  readonly id: string;
  readonly plmn: string;
  /** Where its HLR serves serving nodes. */
  readonly gsup: { readonly host: string; readonly port: number };
  /** The factory keys of its cards are computed from it. */
  readonly seed: string;
}

/** Where a device is attached, and the number that it is called by there. */
export interface Registration {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  readonly plmn: string;
}

/** A device with its card. */
export interface Device {
  readonly iccid: Iccid;
  readonly imei: Imei;
  readonly card: Uicc;
  readonly registration: Registration | undefined;
}

interface FleetOptions {
  readonly cards: readonly FactoryCard[];
  readonly networks: readonly RadioNetwork[];
  readonly vault: KeyVault;
}

/** All devices, found by card and by number. Until it moves, a device is attached where its card comes from. */
export class Fleet {
  readonly #networks: readonly RadioNetwork[];
  readonly #devices = new Map<string, { -readonly [Name in keyof Device]: Device[Name] }>();
  /** Numbers that devices are, or once were, called by; undefined while no device is. */
  readonly #byMsisdn = new Map<string, Device | undefined>();

  constructor({ cards, networks, vault }: FleetOptions) {
    this.#networks = networks;
    for (const factory of cards) {
      const home = networks.find(({ id }) => id === factory.operator);
      if (home === undefined) continue;
      const { iccid, imei, imsi, msisdn } = factory;
      const card = new Uicc({ factory, keys: subscriberKeys(home.seed, imsi), vault });
      const device = { iccid, imei, card, registration: { imsi, msisdn, plmn: home.plmn } };
      this.#devices.set(iccid, device);
      this.#byMsisdn.set(msisdn, device);
    }
  }

  device(iccid: string): Device | undefined {
    return this.#devices.get(iccid);
  }

  /** Whether a number is, or once was, one of a device. */
  knows(msisdn: string): boolean {
    return this.#byMsisdn.has(msisdn);
  }

  /** The device that can be called by this number at present. */
  reachableBy(msisdn: string): Device | undefined {
    return this.#byMsisdn.get(msisdn);
  }

  /** The network of a subscription, by the first digits of its IMSI (3GPP TS 23.003 §2.2). */
  networkOf(imsi: Imsi): RadioNetwork | undefined {
    return this.#networks.find(({ plmn }) => imsi.startsWith(plmn));
  }

  /** Devices whose card holds another subscription than the one they are attached with. */
  outOfPlace(): Device[] {
    return [...this.#devices.values()].filter(isOutOfPlace);
  }

  apply(fact: Fact): void {
    if (!('iccid' in fact)) return;
    const device = this.#devices.get(fact.iccid);
    // A journal may speak of a card that has left the cards file since.
    if (device === undefined) return;
    switch (fact.kind) {
      case 'counterConsumed':
      case 'replayRefused':
      case 'packetRefused':
      case 'adminCodeRefused':
      case 'cardUpdated':
        device.card.apply(fact);
        return;
      case 'detached':
        if (device.registration !== undefined) this.#byMsisdn.set(device.registration.msisdn, undefined);
        device.registration = undefined;
        return;
      case 'attached': {
        const { imsi, msisdn, plmn } = fact;
        device.registration = { imsi, msisdn, plmn };
        this.#byMsisdn.set(msisdn, device);
        return;
      }
      case 'delivered':
        return;
    }
  }
}

/** Whether the device still has to attach with the subscription that its card holds now. */
export function isOutOfPlace({ card, registration }: Device): boolean {
  return card.imsi !== registration?.imsi;
}
