import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import { subscriberKeys } from '../support/subscriber-keys.ts';
import type { CardFact } from '../uicc/facts.ts';
import type { KeyVault } from '../support/key-vault.ts';
import { Uicc } from '../uicc/uicc.ts';
import type { DeviceFact } from './facts.ts';

/** A network that devices can attach to. */
export interface RadioNetwork {
  readonly id: string;
  readonly plmn: string;
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
  /** What the device has read of its card: it does not know of a change before it reads again. */
  readonly imsi: Imsi | undefined;
  readonly registration: Registration | undefined;
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };

interface FleetOptions<Network extends RadioNetwork> {
  readonly cards: readonly FactoryCard[];
  readonly networks: readonly Network[];
  readonly vault: KeyVault;
}

/** All devices, found by card and by number. Until it moves, a device is attached where its card comes from. */
export class Fleet<Network extends RadioNetwork = RadioNetwork> {
  readonly #networks: readonly Network[];
  readonly #devices = new Map<string, Changing<Device>>();
  /** Numbers that devices are, or once were, called by; undefined while no device is. */
  readonly #byMsisdn = new Map<string, Device | undefined>();

  constructor({ cards, networks, vault }: FleetOptions<Network>) {
    this.#networks = networks;
    for (const factory of cards) {
      const home = networks.find(({ id }) => id === factory.operator);
      if (home === undefined) continue;
      const { iccid, imei, imsi, msisdn } = factory;
      const card = new Uicc({ factory, keys: subscriberKeys(home.seed, imsi), vault });
      const device = { iccid, imei, card, imsi, registration: { imsi, msisdn, plmn: home.plmn } };
      this.#devices.set(iccid, device);
      this.#byMsisdn.set(msisdn, device);
    }
  }

  device(iccid: string): Device | undefined {
    return this.#devices.get(iccid);
  }

  all(): Iterable<Device> {
    return this.#devices.values();
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
  networkOf(imsi: Imsi): Network | undefined {
    return this.#networks.find(({ plmn }) => imsi.startsWith(plmn));
  }

  /** The device that is attached with this IMSI. */
  attachedWith(imsi: Imsi): Device | undefined {
    for (const device of this.#devices.values()) if (device.registration?.imsi === imsi) return device;
    return undefined;
  }

  /** Devices that still have to attach with the subscription that their card holds. */
  outOfPlace(): Device[] {
    return [...this.#devices.values()].filter(isOutOfPlace);
  }

  /** The device reads its card, as it does when it is switched on, or when the card asks for it. */
  readCard({ iccid, card }: Device): void {
    const device = this.#devices.get(iccid);
    if (device !== undefined) device.imsi = card.imsi;
  }

  /** After a journal was read: every device is switched on anew. */
  readAllCards(): void {
    for (const device of this.#devices.values()) device.imsi = device.card.imsi;
  }

  apply(fact: DeviceFact | CardFact): void {
    const device = this.#devices.get(fact.iccid);
    // A journal may speak of a card that has left the cards file since.
    if (device === undefined) return;
    switch (fact.kind) {
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
      case 'attachRefused':
      case 'refreshIgnored':
      case 'userAsked':
        return;
      case 'counterConsumed':
      case 'replayRefused':
      case 'packetRefused':
      case 'adminCodeRefused':
      case 'adminCodeAccepted':
      case 'cardUpdated':
      case 'fileWritten':
      case 'sequenceAccepted':
      case 'changeRequested':
      case 'powerCut':
        device.card.apply(fact);
        return;
    }
  }
}

/** Whether the device still has to attach with the subscription that it knows of. */
export function isOutOfPlace({ imsi, registration }: Device): boolean {
  return imsi !== registration?.imsi;
}
