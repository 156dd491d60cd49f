import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { HlrEvent } from '../../simulators/operator/events.ts';
import {
  startSimulatedOperator,
  type SimulatedOperator,
  type SimulatedOperatorOptions,
} from '../../simulators/operator/index.ts';
import { startSimulatedSmsc, type SimulatedSmsc, type SimulatedSmscOptions } from '../../simulators/smsc/index.ts';
import { readCardsFile, type FactoryCard } from '../../simulators/support/cards-file.ts';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';

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

/** A data folder, and everything that was started in it; `end` stops and removes all of it. */
export class World {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'rehome-simulators-'));
  readonly published: HlrEvent[] = [];
  readonly log: string[] = [];
  brokerIsAway = false;
  readonly #started: { stop(): Promise<void> }[] = [];

  async operator(id: string, changes: Partial<SimulatedOperatorOptions> = {}): Promise<SimulatedOperator> {
    const operator = await startSimulatedOperator({
      id,
      plmn: PLMN[id] ?? '',
      seed: seedOf(id),
      host: '127.0.0.1',
      managementPort: 0,
      gsupPort: 0,
      kafka: { brokers: [] },
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
    operators: readonly Pick<SimulatedOperator, 'id' | 'gsup'>[],
    changes: Partial<SimulatedSmscOptions> = {},
  ): Promise<SimulatedSmsc> {
    const smsc = await startSimulatedSmsc({
      host: '127.0.0.1',
      port: 0,
      controlPort: 0,
      seed: 'test',
      operators: operators.map(({ id, gsup }) => ({ id, plmn: PLMN[id] ?? '', gsup, seed: seedOf(id) })),
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
    const gsup = { host: '127.0.0.1', port: 9 };
    const operators = ['operator-1', 'operator-2'].map((id) => ({ id, gsup }));
    return this.smsc(operators, changes);
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map((one) => one.stop()));
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

/** Makes a subscriber at an HLR, with the keys that a card of this operator's seed would have. */
export async function provision({ id, managementUrl }: SimulatedOperator, imsi: string): Promise<Reply> {
  const { k, opc } = subscriberKeys(seedOf(id), parseImsi(imsi));
  const body = { msisdn: `999${imsi.slice(3, 5)}9${imsi.slice(-7)}`, k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  return http(`PUT ${managementUrl}/management/subscribers/${imsi}`, body);
}

/** A plain HTTP call: management and control. */
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

function parsed(text: string): Reply['body'] {
  return text === '' ? {} : (JSON.parse(text) as Reply['body']);
}
