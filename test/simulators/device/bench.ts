import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Devices } from '../../../simulators/device/devices.ts';
import type { DeviceFact } from '../../../simulators/device/facts.ts';
import { Fleet, type Device } from '../../../simulators/device/fleet.ts';
import { takeMessage, type Download } from '../../../simulators/device/message-download.ts';
import type { ServedNetwork } from '../../../simulators/device/attacher.ts';
import { AttachRefused, type ServingNode } from '../../../simulators/serving-node/index.ts';
import { SmscFaults, type SmscFaultPlan } from '../../../simulators/smsc/faults.ts';
import type { FactoryCard } from '../../../simulators/support/cards-file.ts';
import { KeyVault } from '../../../simulators/support/key-vault.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import type { CardFact } from '../../../simulators/uicc/facts.ts';
import { milenage } from '../../../telecom/milenage.ts';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../../telecom/identifiers/msisdn.ts';
import { OctetWriter } from '../../../telecom/octets/writer.ts';
import { encodeDeliverTpdu } from '../../../telecom/sms/deliver-tpdu.ts';
import { decodeSubmitTpdu } from '../../../telecom/sms/submit-tpdu.ts';
import { seedOf } from '../harness.ts';

type MadeFact = DeviceFact | CardFact;

/** A network that authenticates every card whose keys it has computed, and refuses the IMSIs that a test tells it to. */
class TestNetwork implements ServingNode {
  readonly refused = new Map<Imsi, AttachRefused['reason']>();
  readonly detached: Imsi[] = [];
  #seq: number;
  readonly #seed: string;

  /** Its challenges begin above a sequence number, since it does not resynchronise. */
  constructor(seed: string, seq = 0) {
    this.#seed = seed;
    this.#seq = seq;
  }

  attach: ServingNode['attach'] = ({ usim }) => {
    const { imsi } = usim;
    const reason = this.refused.get(imsi);
    if (reason !== undefined) return Promise.reject(new AttachRefused(imsi, reason));
    this.#seq += 1;
    const rand = new Uint8Array(16).fill(this.#seq);
    const sqn = new OctetWriter().appendUint(this.#seq * 32, 6).toOctets();
    const algorithm = milenage(subscriberKeys(this.#seed, imsi));
    const answer = usim.authenticate(rand, algorithm.autn({ rand, sqn, amf: Uint8Array.of(0x80, 0) }));
    if (answer.kind === 'macFailure') return Promise.reject(new AttachRefused(imsi, 'macFailure'));
    if (answer.kind !== 'res') return Promise.reject(new AttachRefused(imsi, 'resynchronisationFailed'));
    return Promise.resolve({ msisdn: parseMsisdn(`999${imsi.slice(3)}`) });
  };

  detach: ServingNode['detach'] = (imsi) => {
    this.detached.push(imsi);
    return Promise.resolve();
  };

  close = () => Promise.resolve();
}

/** Devices on a bench: two networks that the test holds in its hands, no centre, and facts that are kept. */
export class Bench {
  readonly home = new TestNetwork(seedOf('operator-1'));
  readonly visited = new TestNetwork(seedOf('operator-2'), 100);
  readonly faults: SmscFaults;
  readonly facts: MadeFact[] = [];
  readonly sent: Uint8Array[] = [];
  readonly reachable: string[] = [];
  readonly devices: Devices;
  readonly #fleet: Fleet<ServedNetwork>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rehome-devices-'));

  constructor(cards: readonly FactoryCard[], plan: SmscFaultPlan = {}) {
    this.faults = new SmscFaults('test', { attachAfterMs: 0, ...plan });
    this.#fleet = new Fleet<ServedNetwork>({
      cards,
      networks: [
        { id: 'operator-1', plmn: '00101', seed: seedOf('operator-1'), node: this.home },
        { id: 'operator-2', plmn: '00102', seed: seedOf('operator-2'), node: this.visited },
      ],
      vault: KeyVault.open(join(this.#folder, 'key')),
    });
    this.devices = new Devices({
      ...{ fleet: this.#fleet, faults: this.faults, record: (...facts) => this.#record(facts), log: () => undefined },
      reachable: (msisdn) => this.reachable.push(msisdn),
      sendMessage: (device, tpdu) => {
        if (device.registration === undefined) return false;
        this.sent.push(decodeSubmitTpdu(tpdu).userData);
        return true;
      },
    });
  }

  device({ iccid }: FactoryCard): Device {
    const device = this.#fleet.device(iccid);
    if (device === undefined) throw new Error('no such device');
    return device;
  }

  /** Hands the user data of a message over as the network does. */
  deliver(card: FactoryCard, userData: Uint8Array): Download {
    const device = this.device(card);
    const tpdu = encodeDeliverTpdu({
      ...{ hasUserDataHeader: true, moreMessages: false, originator: { ton: 0, npi: 1, digits: '900' } },
      ...{ protocolId: 0x7f, dataCoding: 0xf6, timestamp: new Uint8Array(7), userData },
    });
    const download = takeMessage(device, tpdu, this.faults);
    this.#record(download.facts);
    this.devices.messageTaken(device, download.report === undefined);
    return download;
  }

  replaceFaults(plan: SmscFaultPlan): void {
    this.faults.replace({ attachAfterMs: 0, ...plan });
    this.devices.faultsChanged();
  }

  kinds(): string[] {
    return this.facts.map(({ kind }) => kind);
  }

  of(kind: MadeFact['kind']): MadeFact[] {
    return this.facts.filter((fact) => fact.kind === kind);
  }

  remove(): void {
    this.devices.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #record(facts: readonly MadeFact[]): void {
    for (const fact of facts) {
      this.facts.push(fact);
      this.#fleet.apply(fact);
    }
  }
}
