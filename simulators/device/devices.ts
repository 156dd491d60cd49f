import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { Log } from '../support/log.ts';
import { Attacher, type ServedNetwork } from './attacher.ts';
import type { RecordDevice } from './facts.ts';
import { names, type DeviceFaults } from './faults.ts';
import type { Device, Fleet } from './fleet.ts';
import { Toolkit } from './toolkit.ts';

interface DevicesOptions {
  readonly fleet: Fleet<ServedNetwork>;
  readonly faults: DeviceFaults;
  readonly record: RecordDevice;
  /** A device can be called by this number: it has attached, or has woken. */
  readonly reachable: (msisdn: Msisdn) => void;
  /** The device's network takes an SMS-SUBMIT; false when there is none. */
  readonly sendMessage: (device: Device, tpdu: Uint8Array) => boolean;
  readonly log: Log;
}

/** What all devices do by themselves: attach, serve their cards, fall silent and wake. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #attacher: Attacher;
  readonly #toolkit: Toolkit;

  constructor(options: DevicesOptions) {
    this.#options = options;
    const { fleet, faults, record, reachable, sendMessage, log } = options;
    this.#attacher = new Attacher({ fleet, faults, record, attached: reachable, log });
    this.#toolkit = new Toolkit({
      ...{ faults, record, sendMessage },
      refresh: (device) => {
        fleet.readCard(device);
        this.#attacher.start(device);
      },
      powerLost: (device) => this.restart(device),
    });
  }

  /** Every device is switched on: it reads its card and attaches where it is not yet. */
  start(): void {
    this.#options.fleet.readAllCards();
    for (const device of this.#options.fleet.outOfPlace()) this.#attacher.start(device);
  }

  /** To be called when a card has taken a message: it may have something for its device to do. */
  messageTaken(device: Device, powerLost: boolean): void {
    if (powerLost) this.restart(device);
    else this.#toolkit.proceed(device);
  }

  chooseChange(device: Device, target: Plmn): boolean {
    return this.#toolkit.chooseChange(device, target);
  }

  restart(device: Device): void {
    this.#attacher.restart(device);
  }

  cancelled(imsi: Imsi): void {
    this.#attacher.cancelled(imsi);
  }

  /** Goes on with what the old plan held up, and wakes those that no longer sleep. */
  faultsChanged(): void {
    const { fleet, faults, reachable } = this.#options;
    this.#attacher.faultsChanged();
    for (const { iccid, registration } of fleet.all()) {
      if (registration !== undefined && !names(faults.plan.asleep, iccid)) reachable(registration.msisdn);
    }
  }

  stop(): void {
    this.#attacher.stop();
    this.#toolkit.stop();
  }
}
