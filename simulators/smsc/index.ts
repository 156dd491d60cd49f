import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { readCardsFile } from '../support/cards-file.ts';
import { answering, closeHttp, keepingAlive, listen } from '../support/http-server.ts';
import { Journal } from '../support/journal.ts';
import type { Log } from '../support/log.ts';
import { Attacher } from './attacher.ts';
import { controlRoutes, effectOf } from './control-routes.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { EsmeSession } from './esme-session.ts';
import { Fact, withoutFinished, type Record } from './facts.ts';
import { SmscFaults, type SmscFaultPlan } from './faults.ts';
import { Fleet, type RadioNetwork } from './fleet.ts';
import { KeyVault } from './key-vault.ts';
import { MessageCentre } from './message-centre.ts';

const ID_PREFIX_CHARACTERS = 4;

export interface SimulatedSmscOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** 0 takes a free port. */
  readonly controlPort: number;
  /** Of the fault plan. */
  readonly seed: string;
  readonly operators: readonly RadioNetwork[];
  readonly cardsFile: string;
  /** The state is kept in `simulators/smsc/` below it. */
  readonly dataFolder: string;
  readonly faults?: SmscFaultPlan;
  readonly log: Log;
}

export interface SimulatedSmsc {
  stop(): Promise<void>;
  readonly port: number;
  readonly controlUrl: string;
}

/** Starts the short message service centre and the devices with their cards. Does not wait for the operators. */
export async function startSimulatedSmsc(options: SimulatedSmscOptions): Promise<SimulatedSmsc> {
  const { host, log } = options;
  const folder = join(options.dataFolder, 'simulators', 'smsc');
  const faults = new SmscFaults(`${options.seed}/faults`, options.faults);
  const vault = KeyVault.open(join(folder, 'card-keys.key'));
  const fleet = new Fleet({ cards: readCardsFile(options.cardsFile), networks: options.operators, vault });
  const journal = Journal.open({ path: join(folder, 'journal.jsonl'), fact: Fact, compact: withoutFinished });
  const effects: object[] = [];

  const apply = (fact: Fact): void => {
    fleet.apply(fact);
    centre.apply(fact);
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
  const attacher = new Attacher({
    fleet,
    faults,
    record,
    attached: (msisdn) => {
      centre.reachable(msisdn);
    },
    log,
  });
  const centre = new MessageCentre({
    idPrefix: journal.id.slice(0, ID_PREFIX_CHARACTERS),
    fleet,
    faults,
    record,
    delivered: (device) => {
      attacher.start(device);
    },
  });
  journal.found.forEach(apply);

  const sessions = new Set<EsmeSession>();
  const server = createTcpServer((socket) => {
    const session = new EsmeSession({ socket, centre, queue, log });
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
  });
  const faultsChanged = (): void => {
    attacher.faultsChanged();
  };
  const control = keepingAlive(
    createHttpServer(answering(controlRoutes({ effects, fleet, faults, faultsChanged }), log)),
  );

  const stop = async (): Promise<void> => {
    await attacher.stop();
    centre.stop();
    queue.stop();
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const session of sessions) session.end();
    await Promise.all([closed, closeHttp(control)]);
    journal.close();
  };
  try {
    const port = await listen(server, { host, port: options.port, setting: 'SMSC port' });
    const controlPort = await listen(control, { host, port: options.controlPort, setting: 'SMSC control port' });
    const controlUrl = `http://${host}:${String(controlPort)}`;
    log(`the SMSC is up: sessions ${host}:${String(port)}, control ${controlUrl}`);
    centre.resume();
    for (const device of fleet.outOfPlace()) attacher.start(device);
    return { stop, port, controlUrl };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
