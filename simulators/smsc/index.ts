import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import type { Secret } from '../../telecom/secret.ts';
import { Devices } from '../device/devices.ts';
import { Fleet, type RadioNetwork } from '../device/fleet.ts';
import { servingNode, type ServingNodeOptions } from '../serving-node/index.ts';
import { readCardsFile, type KeyTypes } from '../support/cards-file.ts';
import { answering, closeHttp, keepingAlive, listen } from '../support/http-server.ts';
import { Journal } from '../support/journal.ts';
import { KeyVault } from '../support/key-vault.ts';
import type { Log } from '../support/log.ts';
import { controlRoutes } from './control-routes.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { effectOf } from './effects.ts';
import { Fact, isOfDevice, withoutFinished, type Record } from './facts.ts';
import { SmscFaults, type SmscFaultPlan } from './faults.ts';
import { Listeners, type TlsListener } from './listeners.ts';
import { MessageCentre } from './message-centre.ts';
import { MobileOriginated } from './mobile-originated.ts';

const ID_PREFIX_CHARACTERS = 4;

/** A network with the place where its HLR serves serving nodes. */
export interface OperatorNetwork extends RadioNetwork {
  readonly gsup: ServingNodeOptions['hlr'];
}

export interface SimulatedSmscOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** A second port, for sessions under TLS; without it there is none. */
  readonly tls?: TlsListener;
  /** What ESMEs have to bind with; without it any password is right. */
  readonly password?: Secret<string>;
  /** 0 takes a free port. */
  readonly controlPort: number;
  /** Of the fault plan. */
  readonly seed: string;
  readonly operators: readonly OperatorNetwork[];
  readonly cardsFile: string;
  /** By the names of card profiles; a card of a profile that is not in it has AES. */
  readonly keyTypes?: KeyTypes;
  /** The state is kept in `simulators/smsc/` below it. */
  readonly dataFolder: string;
  readonly faults?: SmscFaultPlan;
  readonly log: Log;
}

export interface SimulatedSmsc {
  stop(): Promise<void>;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly controlUrl: string;
}

/** Starts the short message service centre and the devices with their cards. Does not wait for the operators. */
export async function startSimulatedSmsc(options: SimulatedSmscOptions): Promise<SimulatedSmsc> {
  const { host, log, password } = options;
  const folder = join(options.dataFolder, 'simulators', 'smsc');
  const faults = new SmscFaults(`${options.seed}/faults`, options.faults);
  const networks = options.operators.map(({ gsup, ...network }) => ({
    ...network,
    node: servingNode({
      ...{ name: `devices-at-${network.id}`, hlr: gsup, log },
      onCancelled: (imsi) => devices.cancelled(imsi),
    }),
  }));
  const vault = KeyVault.open(join(folder, 'card-keys.key'));
  const fleet = new Fleet({ cards: readCardsFile(options.cardsFile, options.keyTypes), networks, vault });
  const journal = Journal.open({ path: join(folder, 'journal.jsonl'), fact: Fact, compact: withoutFinished });
  const idPrefix = journal.id.slice(0, ID_PREFIX_CHARACTERS);
  const effects: object[] = [];

  const apply = (fact: Fact): void => {
    if (isOfDevice(fact)) fleet.apply(fact);
    centre.apply(fact);
    originated.apply(fact);
    queue.apply(fact);
    const effect = effectOf(fact);
    if (effect !== undefined) effects.push(effect);
  };
  const record: Record = (...added) => {
    if (added.length === 0) return;
    const at = new Date().toISOString();
    const dated = added.map((fact): Fact => ({ ...fact, at }));
    journal.append(dated);
    dated.forEach(apply);
    if (dated.some(({ kind }) => kind === 'deliveryQueued')) queue.flush();
  };

  const queue = new DeliveryQueue({ record, faults });
  const originated = new MobileOriginated({ idPrefix, faults, record });
  const devices = new Devices({
    ...{ fleet, faults, record, log },
    reachable: (msisdn) => centre.reachable(msisdn),
    sendMessage: (device, tpdu) => originated.take(device, tpdu),
  });
  const centre = new MessageCentre({
    ...{ idPrefix, fleet, faults, record },
    delivered: (device, powerLost) => devices.messageTaken(device, powerLost),
    available: (msisdn, esme) => queue.alert({ msisdn, esme }),
  });
  journal.found.forEach(apply);

  const listeners = new Listeners({ session: { centre, queue, faults, password, log }, tls: options.tls });
  const routes = controlRoutes({
    ...{ effects, fleet, faults },
    faultsChanged: () => devices.faultsChanged(),
    chooseChange: (device, target) => devices.chooseChange(device, target),
    restart: (device) => devices.restart(device),
  });
  const control = keepingAlive(createHttpServer(answering(routes, log)));

  const stop = async (): Promise<void> => {
    devices.stop();
    centre.stop();
    queue.stop();
    await Promise.all([listeners.stop(), closeHttp(control), ...networks.map(({ node }) => node.close())]);
    journal.close();
  };
  try {
    const { port, tlsPort } = await listeners.start({ host, port: options.port });
    const controlPort = await listen(control, { host, port: options.controlPort, setting: 'SMSC control port' });
    const controlUrl = `http://${host}:${String(controlPort)}`;
    log(`the SMSC is up: sessions ${host}:${String(port)}, control ${controlUrl}`);
    centre.resume();
    devices.start();
    return { stop, port, tlsPort, controlUrl };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
