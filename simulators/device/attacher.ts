import { setTimeout as wait } from 'node:timers/promises';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { AttachRefused, type ServingNode, type Usim } from '../serving-node/index.ts';
import { messageOf, type Log } from '../support/log.ts';
import type { RecordDevice } from './facts.ts';
import type { DeviceFaults } from './faults.ts';
import { isOutOfPlace, type Device, type Fleet, type RadioNetwork } from './fleet.ts';

const ATTACH_AFTER_MS = 50;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;
/** A device that was refused does not ask again at once (3GPP TS 24.301 §5.5.1.2.5). */
const REFUSED_BACKOFF_MS = 5_000;

/** A network with the node that serves the devices in it. */
export interface ServedNetwork extends RadioNetwork {
  readonly node: ServingNode;
}

interface AttacherOptions {
  readonly fleet: Fleet<ServedNetwork>;
  readonly faults: DeviceFaults;
  readonly record: RecordDevice;
  readonly attached: (msisdn: Msisdn) => void;
  readonly log: Log;
}

/** Brings devices whose card was changed to the network of their new subscription; tries for as long as it takes. */
export class Attacher {
  readonly #options: AttacherOptions;
  readonly #stopping = new AbortController();
  readonly #busy = new Set<string>();
  readonly #staying = new Set<Device>();

  constructor(options: AttacherOptions) {
    this.#options = options;
  }

  /** To be called when a device may have to move; does nothing for one that is where it belongs. */
  start(device: Device): void {
    if (this.#busy.has(device.iccid) || !isOutOfPlace(device)) return;
    this.#busy.add(device.iccid);
    this.#move(device)
      .catch((cause: unknown) => {
        this.#options.log(`the device of ${device.iccid} gave up attaching: ${messageOf(cause)}`);
      })
      .finally(() => {
        this.#busy.delete(device.iccid);
      });
  }

  /** Switches a device off and on: it leaves its network, reads its card anew and attaches. */
  restart(device: Device): void {
    this.#leave(device);
    device.card.reset();
    this.#options.fleet.readCard(device);
    this.start(device);
  }

  /** A network took a subscriber's access away: its device is out, and asks again after a while. */
  cancelled(imsi: Imsi): void {
    const { fleet, record } = this.#options;
    const device = fleet.attachedWith(imsi);
    if (device === undefined) return;
    record({ kind: 'detached', iccid: device.iccid, imsi });
    this.start(device);
  }

  /** Lets go on what the old fault plan kept on the old network; to be called when the plan changes. */
  faultsChanged(): void {
    const staying = [...this.#staying];
    this.#staying.clear();
    for (const device of staying) this.start(device);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #move(device: Device): Promise<void> {
    const { faults, log } = this.#options;
    await this.#pause(faults.plan.attachAfterMs ?? ATTACH_AFTER_MS);
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#isStopping() && isOutOfPlace(device)) {
      if (faults.plan.deviceStaysOnOldNetwork === true) {
        this.#staying.add(device);
        return;
      }
      this.#leave(device);
      if (device.imsi === undefined) return;
      try {
        await this.#attach(device, device.imsi);
      } catch (cause) {
        if (this.#isStopping()) return;
        if (backoffMs === FIRST_BACKOFF_MS) {
          log(`the device of ${device.iccid} cannot attach yet: ${messageOf(cause)}`);
          if (cause instanceof AttachRefused) this.#noteRefusal(device, cause);
        }
        await this.#pause(cause instanceof AttachRefused ? REFUSED_BACKOFF_MS : backoffMs);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  }

  #noteRefusal({ iccid, imsi }: Device, { reason }: AttachRefused): void {
    if (imsi !== undefined) this.#options.record({ kind: 'attachRefused', iccid, imsi, reason });
  }

  #leave({ iccid, registration }: Device): void {
    const { fleet, record } = this.#options;
    if (registration === undefined) return;
    record({ kind: 'detached', iccid, imsi: registration.imsi });
    // A device that leaves says so once and does not wait: the network finds out by itself when it does not hear it.
    fleet
      .networkOf(registration.imsi)
      ?.node.detach(registration.imsi)
      .catch(() => undefined);
  }

  async #attach({ iccid, imei, card }: Device, imsi: Imsi): Promise<void> {
    const { fleet, record, attached } = this.#options;
    const network = fleet.networkOf(imsi);
    if (network === undefined) throw new Error(`no simulated network has IMSIs like ${imsi}`);
    const usim: Usim = {
      imsi,
      authenticate: (rand, autn) => {
        const { answer, facts } = card.authenticate(rand, autn);
        record(...facts);
        return answer;
      },
    };
    const { msisdn } = await network.node.attach({ usim, imei });
    if (this.#isStopping()) return;
    record({ kind: 'attached', iccid, imsi, msisdn, plmn: network.plmn });
    attached(msisdn);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    // Only stop() aborts the wait, and the loop looks at the signal next.
    await wait(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
