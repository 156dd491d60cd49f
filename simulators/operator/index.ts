import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { readCardsFile } from '../support/cards-file.ts';
import { answering, closeHttp, keepingAlive, listen } from '../support/http-server.ts';
import { Journal } from '../support/journal.ts';
import type { Log } from '../support/log.ts';
import { controlRoutes } from './control-routes.ts';
import { EventOutbox, type EventPublisher, type PendingEvent } from './event-outbox.ts';
import { eventOf } from './events.ts';
import { Entry, type Fact } from './facts.ts';
import { OperatorFaults, type OperatorFaultPlan } from './faults.ts';
import { kafkaPublisher, type KafkaAddress } from './kafka-publisher.ts';
import type { Network } from './network.ts';
import { provisioningRoutes } from './provisioning-routes.ts';
import { radioRoutes } from './radio-routes.ts';
import { Subscribers } from './subscribers.ts';

export interface SimulatedOperatorOptions {
  readonly id: string;
  readonly plmn: string;
  /** The keys of all subscribers are computed from it; give the SMSC simulator the same one for this operator. */
  readonly seed: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly provisioningPort: number;
  /** Radio side and control; 0 takes a free port. */
  readonly radioPort: number;
  readonly poolSize: number;
  readonly kafka: KafkaAddress;
  /** PEM files of the server certificate, and of the authority whose client certificates are let in. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
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
  readonly provisioningUrl: string;
  readonly radioUrl: string;
}

/** Starts one operator: HLR and authentication centre, provisioning API, radio side, events. Does not wait for Kafka. */
export async function startSimulatedOperator(options: SimulatedOperatorOptions): Promise<SimulatedOperator> {
  const { id, host, tls, log } = options;
  const faults = new OperatorFaults(`${options.seed}/faults`, options.faults);
  const factoryCards = readCardsFile(options.cardsFile).filter(({ operator }) => operator === id);
  const subscribers = new Subscribers(factoryCards);
  const journal = Journal.open({
    path: join(options.dataFolder, 'simulators', id, 'journal.jsonl'),
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

  const network: Network = { id, plmn, seed: options.seed, poolSize: options.poolSize, subscribers, faults, record };
  const faultsChanged = (): void => {
    outbox.wake();
  };
  const credentials = { ca: readFileSync(tls.ca), cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
  const provisioning = keepingAlive(
    createHttpsServer(
      { ...credentials, requestCert: true, rejectUnauthorized: true },
      answering(provisioningRoutes(network), log),
    ),
  );
  const radio = keepingAlive(
    createHttpServer(answering([...radioRoutes(network), ...controlRoutes(network, { effects, faultsChanged })], log)),
  );

  const stop = async (): Promise<void> => {
    await Promise.all([closeHttp(provisioning), closeHttp(radio), outbox.stop()]);
    journal.close();
  };
  try {
    const provisioningPort = await listen(provisioning, {
      host,
      port: options.provisioningPort,
      setting: 'provisioning port',
    });
    const radioPort = await listen(radio, { host, port: options.radioPort, setting: 'radio port' });
    const provisioningUrl = `https://${host}:${String(provisioningPort)}`;
    const radioUrl = `http://${host}:${String(radioPort)}`;
    log(`${id} is up: provisioning ${provisioningUrl}, radio and control ${radioUrl}`);
    return { stop, provisioningUrl, radioUrl };
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
