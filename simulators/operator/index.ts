import { createServer } from 'node:http';
import { join } from 'node:path';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { readCardsFile } from '../support/cards-file.ts';
import { answering, closeHttp, keepingAlive, listen } from '../support/http-server.ts';
import { Journal } from '../support/journal.ts';
import type { Log } from '../support/log.ts';
import { KeyVault } from '../support/key-vault.ts';
import { backOfficeRoutes } from './back-office-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { EventOutbox, type EventPublisher, type PendingEvent } from './event-outbox.ts';
import { eventOf } from './events.ts';
import { Entry, type Fact } from './facts.ts';
import { OperatorFaults, type OperatorFaultPlan } from './faults.ts';
import { kafkaPublisher, type KafkaAddress } from './kafka-publisher.ts';
import { GsupServer } from './gsup-server.ts';
import { keyring } from './keyring.ts';
import { managementRoutes } from './management-routes.ts';
import type { Network } from './network.ts';

import { Subscribers } from './subscribers.ts';

export interface SimulatedOperatorOptions {
  readonly id: string;
  readonly plmn: string;
  /** The keys of the cards of the file are computed from it; give the SMSC simulator the same one for this operator. */
  readonly seed: string;
  readonly host: string;
  /** Management, back office and control; 0 takes a free port. */
  readonly managementPort: number;
  /** Where serving nodes connect; 0 takes a free port. */
  readonly gsupPort: number;
  readonly kafka: KafkaAddress;
  readonly cardsFile: string;
  /** The state is kept in `simulators/<id>/` below it. */
  readonly dataFolder: string;
  readonly faults?: OperatorFaultPlan;
  readonly log: Log;
  /** In place of Kafka, for tests. */
  readonly publisher?: EventPublisher;
}

export interface SimulatedOperator {
  stop(): Promise<void>;
  readonly id: string;
  readonly managementUrl: string;
  readonly gsup: { readonly host: string; readonly port: number };
}

/** Starts one operator: HLR and authentication centre with management, GSUP and events, and its back office. Does not wait for Kafka. */
export async function startSimulatedOperator(options: SimulatedOperatorOptions): Promise<SimulatedOperator> {
  const { id, host, log } = options;
  const folder = join(options.dataFolder, 'simulators', id);
  const faults = new OperatorFaults(`${options.seed}/faults`, options.faults);
  const factoryCards = readCardsFile(options.cardsFile).filter(({ operator }) => operator === id);
  const subscribers = new Subscribers(factoryCards);
  const journal = Journal.open({
    path: join(folder, 'journal.jsonl'),
    fact: Entry,
    compact: withLastMarkOnly,
  });
  const effects: Fact[] = [];
  const plmn = parsePlmn(options.plmn);

  const remember = (fact: Fact): PendingEvent[] => {
    subscribers.apply(fact);
    const position = effects.push(fact);
    const event = eventOf(fact, { operator: id, plmn, journal: journal.id, position });
    return event === undefined ? [] : [{ position, event }];
  };

  const { facts, published } = split(journal.found);
  const outbox = new EventOutbox({
    pending: facts.flatMap(remember).filter(({ position }) => position > published),
    publisher: options.publisher ?? kafkaPublisher({ address: options.kafka, clientId: `simulated-${id}`, log }),
    markPublished: (position) => {
      journal.append([{ kind: 'published', facts: position }]);
    },
    faults,
    log,
  });

  const record: Network['record'] = (...added) => {
    const at = new Date().toISOString();
    const dated = added.map((fact): Fact => ({ ...fact, at }));
    journal.append(dated);
    outbox.add(dated.flatMap(remember));
  };

  const keys = keyring(options.seed, KeyVault.open(join(folder, 'subscriber-keys.key')));
  const network: Network = { id, plmn, subscribers, keys, faults, record, log };
  const gsup = new GsupServer(network);
  const cancelLocation = gsup.cancelLocation.bind(gsup);
  const faultsChanged = outbox.wake.bind(outbox);
  const routes = [
    ...managementRoutes(network, { cancelLocation }),
    ...backOfficeRoutes(network),
    ...controlRoutes(network, { effects, faultsChanged }),
  ];
  const management = keepingAlive(createServer(answering(routes, log)));

  const stop = async (): Promise<void> => {
    await Promise.all([closeHttp(management), gsup.close(), outbox.stop()]);
    journal.close();
  };
  try {
    const at = { host, port: options.managementPort, setting: 'management port' };
    const managementUrl = `http://${host}:${String(await listen(management, at))}`;
    const gsupPort = await listen(gsup.server, { host, port: options.gsupPort, setting: 'GSUP port' });
    log(`${id} is up: management and control ${managementUrl}, GSUP ${host}:${String(gsupPort)}`);
    return { id, stop, managementUrl, gsup: { host, port: gsupPort } };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

function split(entries: readonly Entry[]): { facts: Fact[]; published: number } {
  const facts: Fact[] = [];
  let published = 0;
  for (const entry of entries) {
    if (entry.kind === 'published') published = entry.facts;
    else facts.push(entry);
  }
  return { facts, published };
}

/** All facts stay, because tests and the demo ask for them; of the marks of publishing only the last one counts. */
function withLastMarkOnly(entries: readonly Entry[]): Entry[] {
  const { facts, published } = split(entries);
  return [...facts, { kind: 'published', facts: published }];
}
