import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { openDatabase, type Database } from '../../adapters/database/database.ts';
import { openCredentials } from '../../activities/change/operator/open-credentials.ts';
import { sweep } from '../../gateway/ageing.ts';
import { readGatewayFile, type GatewayFile } from '../../gateway/config.ts';
import { startGateway, type RunningGateway } from '../../gateway/index.ts';
import { readSessionKey } from '../../gateway/keys.ts';
import type { HlrEvent } from '../../gateway/location-updates.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { FakeHlr } from './fake-hlr.ts';
import type { RunningSystem } from './running-system.ts';

const ONCE_MORE_MS = 20;
const DAY_MILLISECONDS = 86_400_000;
const ICCID = '8999901000000000013';

/** The gateway of an operator that only one test has, in front of an HLR in memory, with a clock that the test turns. */
export class GatewayUnderTest {
  readonly hlr: FakeHlr;
  readonly config: GatewayFile;
  readonly lines: string[] = [];
  readonly published: HlrEvent[] = [];
  readonly #system: RunningSystem;
  readonly #name = `gateway-${randomBytes(4).toString('hex')}`;
  #now = new Date('2026-01-01T00:00:00.000Z');
  #running: RunningGateway | undefined;
  #client: ProvisioningClient | undefined;
  #database: Database | undefined;
  /** Gateways that died: nothing of them is used again, and what they still listen on is closed at the end. */
  readonly #dead: RunningGateway[] = [];

  constructor(system: RunningSystem, changes: Partial<GatewayFile> = {}, hlr = new FakeHlr()) {
    this.#system = system;
    this.hlr = hlr;
    this.config = {
      ...readGatewayFile(join(system.config.gateways.folder, 'operator-2.json')),
      ...{ operator: this.#name, listen: { host: '127.0.0.1', port: 0 }, sweepSeconds: 86_400 },
      backOffice: { kind: 'standing-orders', consent: 'granted' },
      ...changes,
    };
  }

  get running(): RunningGateway {
    if (this.#running === undefined) throw new Error('the gateway was not started');
    return this.#running;
  }

  /** The client that Rehome has. */
  get client(): ProvisioningClient {
    if (this.#client === undefined) throw new Error('the gateway was not started');
    return this.#client;
  }

  get now(): string {
    return this.#now.toISOString();
  }

  async start(): Promise<void> {
    const { database, operatorTls } = this.#system.config;
    this.#database = openDatabase({ url: database.url, poolSize: 8, applicationName: this.#name });
    this.#running = await startGateway({
      ...{ config: this.config, database: this.#database, hlr: this.hlr, now: () => this.#now },
      publish: (event) => Promise.resolve(void this.published.push(event)),
      log: (_level, message, fields) => void this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`),
    });
    this.#client = new ProvisioningClient({ operator: this.#name, url: this.running.url, tls: operatorTls });
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    await this.#running?.stop();
    await this.#database?.destroy();
    for (const dead of this.#dead.splice(0)) await dead.stop();
    this.#running = this.#client = this.#database = undefined;
  }

  /** What the end of its process does to its database sessions: they are gone, whatever they were in the middle of. */
  async die(): Promise<void> {
    await this.#client?.close();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${this.#name}`.execute(
      this.#system.resources.database,
    );
    this.#dead.push(this.running);
    this.#running = this.#client = this.#database = undefined;
  }

  /** Lets days go by, then sweeps as time does. */
  async age(days: number): Promise<void> {
    this.#now = new Date(this.#now.getTime() + days * DAY_MILLISECONDS);
    // The sweep at the gateway's start may still be under way, with the clock of before.
    while (!(await sweep(this.running.operator))) await delay(ONCE_MORE_MS);
  }

  reserve(changeId: string, iccid = ICCID) {
    return this.client.reserve(changeId, iccid);
  }

  async reserveNew() {
    const changeId = randomUUID();
    return { changeId, ...(await this.reserve(changeId)) };
  }

  /** K of a reservation as Rehome opens it, in hex. */
  async opened(changeId: string, { imsi, credentials }: Awaited<ReturnType<ProvisioningClient['reserve']>>) {
    const file = this.config.sessionKeys[0]?.file ?? '';
    const key = () => Promise.resolve(readSessionKey(file));
    const { k, opc } = await openCredentials({ operator: this.#name, changeId, imsi, credentials }, key);
    return { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  }

  async history(changeId: string): Promise<string[]> {
    const { rows } = await sql<{ kind: string }>`
      select kind from ${this.running.operator.store.tables.history} where change_id = ${changeId} order by id`.execute(
      this.#system.resources.database,
    );
    return rows.map(({ kind }) => kind);
  }
}
