import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { HlrEvent } from '../../simulators/operator/events.ts';
import {
  startSimulatedOperator,
  type SimulatedOperator,
  type SimulatedOperatorOptions,
} from '../../simulators/operator/index.ts';
import { startSimulatedSmsc, type SimulatedSmsc, type SimulatedSmscOptions } from '../../simulators/smsc/index.ts';
import { readCardsFile, type FactoryCard } from '../../simulators/support/cards-file.ts';
import { createCertificates, type PartyFiles } from '../support/certificates.ts';

export const CARDS_FILE = 'examples/cards.csv';
/** Long enough for a machine on which everything else runs at the same time. */
const PATIENCE_MS = 15_000;
jest.setTimeout(2 * PATIENCE_MS);
export const seedOf = (operator: string): string => `test/${operator}`;

const PLMN: Readonly<Record<string, string>> = { 'operator-1': '00101', 'operator-2': '00102' };

/** A card of the demo file, counted from 1 per operator. */
export function demoCard(operator: string, number: number): FactoryCard {
  const card = readCardsFile(CARDS_FILE).filter((one) => one.operator === operator)[number - 1];
  if (card === undefined) throw new Error('no such demo card');
  return card;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A data folder with certificates, and everything that was started in it; `end` stops and removes all of it. */
export class World {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'rehome-simulators-'));
  readonly published: HlrEvent[] = [];
  readonly log: string[] = [];
  brokerIsAway = false;
  #certificates: { operators: PartyFiles; rehome: PartyFiles } | undefined;
  readonly #started: { stop(): Promise<void> }[] = [];
  readonly #agents: Agent[] = [];

  async operator(id: string, changes: Partial<SimulatedOperatorOptions> = {}): Promise<SimulatedOperator> {
    const { operators } = await this.#pki();
    const operator = await startSimulatedOperator({
      id,
      plmn: PLMN[id] ?? '',
      seed: seedOf(id),
      host: '127.0.0.1',
      provisioningPort: 0,
      radioPort: 0,
      poolSize: 50,
      kafka: { brokers: [] },
      tls: operators,
      cardsFile: CARDS_FILE,
      dataFolder: this.dataFolder,
      log: (line) => this.log.push(line),
      publisher: {
        publish: (events) => {
          if (this.brokerIsAway) return Promise.reject(new Error('no broker'));
          this.published.push(...events);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      },
      ...changes,
    });
    this.#started.push(operator);
    return operator;
  }

  async smsc(
    operators: Readonly<Record<string, string>>,
    changes: Partial<SimulatedSmscOptions> = {},
  ): Promise<SimulatedSmsc> {
    const smsc = await startSimulatedSmsc({
      host: '127.0.0.1',
      port: 0,
      controlPort: 0,
      seed: 'test',
      operators: Object.entries(operators).map(([id, radioUrl]) => ({
        id,
        plmn: PLMN[id] ?? '',
        radioUrl,
        seed: seedOf(id),
      })),
      cardsFile: CARDS_FILE,
      dataFolder: this.dataFolder,
      log: (line) => this.log.push(line),
      ...changes,
    });
    this.#started.push(smsc);
    return smsc;
  }

  /** An SMSC whose devices find no network to move to. */
  withoutOperators(changes: Partial<SimulatedSmscOptions> = {}): Promise<SimulatedSmsc> {
    return this.smsc({ 'operator-1': 'http://127.0.0.1:9', 'operator-2': 'http://127.0.0.1:9' }, changes);
  }

  /** Calls the provisioning API as Rehome, over one connection that is kept. */
  async provisioning(operator: SimulatedOperator): Promise<(call: string, body?: object) => Promise<Reply>> {
    const { rehome } = await this.#pki();
    const agent = new Agent({
      keepAlive: true,
      ca: readFileSync(rehome.ca),
      cert: readFileSync(rehome.cert),
      key: readFileSync(rehome.key),
    });
    this.#agents.push(agent);
    return (call, body) => {
      const [method = '', path = ''] = call.split(' ');
      return exchange({ method, url: new URL(path, operator.provisioningUrl), agent, body });
    };
  }

  async end(): Promise<void> {
    for (const agent of this.#agents) agent.destroy();
    await Promise.all(this.#started.map((one) => one.stop()));
    rmSync(this.dataFolder, { recursive: true, force: true });
  }

  async #pki(): Promise<{ operators: PartyFiles; rehome: PartyFiles }> {
    this.#certificates ??= await createCertificates(join(this.dataFolder, 'pki'));
    return this.#certificates;
  }
}

/** A plain HTTP call: radio side and control. */
export async function http(call: string, body?: object): Promise<Reply> {
  const [method = '', url = ''] = call.split(' ');
  const response = await fetch(url, {
    method,
    headers: { connection: 'close' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, headers: Object.fromEntries(response.headers), body: parsed(text) };
}

/** What happened, as the simulator counts it, of one kind. */
export async function effects(controlUrl: string, kind: string): Promise<Reply['body'][]> {
  const list: unknown = (await http(`GET ${controlUrl}/simulator/effects`)).body;
  return (list as Reply['body'][]).filter((effect) => effect['kind'] === kind);
}

/** Waits until something is true, and fails with its name when it does not come true. */
export async function eventually(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`it never happened that ${what}`);
    await wait(10);
  }
}

interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly agent: Agent;
  readonly body: object | undefined;
}

function exchange({ method, url, agent, body }: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, agent, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const { headers } = response;
        resolve({ status: response.statusCode ?? 0, type: headers['content-type'] ?? '', headers, body: parsed(text) });
      });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): Reply['body'] {
  return text === '' ? {} : (JSON.parse(text) as Reply['body']);
}
