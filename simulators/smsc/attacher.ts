import { setTimeout as wait } from 'node:timers/promises';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { AttachRefused, servingNode, type ServingNode } from '../serving-node/index.ts';
import { messageOf, type Log } from '../support/log.ts';
import type { Record } from './facts.ts';
import type { SmscFaults } from './faults.ts';
import { isOutOfPlace, type Device, type Fleet, type RadioNetwork } from './fleet.ts';

const ATTACH_AFTER_MS = 50;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;
/** A device that was refused does not ask again at once (3GPP TS 24.301 §5.5.1.2.5). */
const REFUSED_BACKOFF_MS = 5_000;

interface AttacherOptions {
  readonly fleet: Fleet;
  readonly faults: SmscFaults;
  readonly record: Record;
  readonly attached: (msisdn: Msisdn) => void;
  readonly log: Log;
}

/** Brings devices whose card was changed to the network of their new subscription; tries for as long as it takes. */
export class Attacher {
  readonly #options: AttacherOptions;
  /** One for each network, connected when the first device needs it. */
  readonly #nodes = new Map<string, ServingNode>();
  readonly #stopping = new AbortController();
  readonly #busy = new Set<string>();
  readonly #staying = new Set<Device>();

  constructor(options: AttacherOptions) {
    this.#options = options;
  }

  /** To be called when a card may have been changed; does nothing for a device that is where it belongs. */
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

  /** Lets go on what the old fault plan kept on the old network; to be called when the plan changes. */
  faultsChanged(): void {
    const staying = [...this.#staying];
    this.#staying.clear();
    for (const device of staying) this.start(device);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
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
      try {
        await this.#attach(device);
      } catch (cause) {
        if (this.#isStopping()) return;
        if (backoffMs === FIRST_BACKOFF_MS) log(`the device of ${device.iccid} cannot attach yet: ${messageOf(cause)}`);
        await this.#pause(cause instanceof AttachRefused ? REFUSED_BACKOFF_MS : backoffMs);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  }

  #leave({ iccid, registration }: Device): void {
    const { fleet, record } = this.#options;
    if (registration === undefined) return;
    record({ kind: 'detached', iccid, imsi: registration.imsi });
    const network = fleet.networkOf(registration.imsi);
    // A device that leaves says so once and does not wait: the network finds out by itself when it does not hear it.
    if (network !== undefined)
      this.#nodeOf(network)
        .detach(registration.imsi)
        .catch(() => undefined);
  }

  async #attach({ iccid, imei, card }: Device): Promise<void> {
    const { fleet, record, attached } = this.#options;
    const { imsi } = card;
    const network = fleet.networkOf(imsi);
    if (network === undefined) throw new Error(`no simulated network has IMSIs like ${imsi}`);
    const { msisdn } = await this.#nodeOf(network).attach({ usim: card, imei });
    if (this.#isStopping()) return;
    record({ kind: 'attached', iccid, imsi, msisdn, plmn: network.plmn });
    attached(msisdn);
  }

  #nodeOf({ id, gsup }: RadioNetwork): ServingNode {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const node = servingNode({ name: `devices-at-${id}`, hlr: gsup, log: this.#options.log });
    this.#nodes.set(id, node);
    return node;
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
