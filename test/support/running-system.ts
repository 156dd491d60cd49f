import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { sql } from 'kysely';
import { request } from 'undici';
import { followChange } from '../../application/follow-change.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { loadConfig, type Config } from '../../temporal.config.ts';
import { openDesk, type ConnectedDesk } from '../../workers/application.ts';
import { processLog } from '../../workers/log.ts';
import { Resources } from '../../workers/resources.ts';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import type { ChangeView, TimelineEntry } from '../../application/views.ts';
import { eventually } from './eventually.ts';
import type { TestEngines, TestEnvironment, TestSystem } from './test-system.ts';

/** Something that happened at a simulator, as its control side tells it. */
export interface Effect {
  readonly kind: string;
  readonly changeId?: string;
  readonly imsi?: string;
  readonly iccid?: string;
}

/** What an HLR and a card share, in hex. */
export interface SubscriberKeys {
  readonly k: string;
  readonly opc: string;
}

export type OperatorId = 'operator-1' | 'operator-2';

/** The system that globalSetup started, or another one, as one test file uses it. */
export class RunningSystem {
  readonly environment: TestEnvironment;
  readonly engines: TestEngines;
  readonly config: Config;
  readonly resources: Resources;
  readonly desk: ConnectedDesk;

  constructor(settings: Readonly<Record<string, string>> = {}, system = startedByGlobalSetup()) {
    const { environment, engines } = system;
    this.environment = { ...environment, ...settings };
    this.engines = engines;
    this.config = loadConfig(this.environment);
    this.resources = new Resources(this.config, processLog('test', 'error'), 'test');
    this.desk = openDesk(this.resources);
  }

  close(): Promise<void> {
    return this.desk.close();
  }

  /** The next card of an operator that no test has touched. */
  async freshCard(operator: OperatorId): Promise<Iccid> {
    const card = await this.desk.nextCardToMove(operator);
    if (card === undefined) throw new Error(`no card is left at ${operator}`);
    return parseIccid(card.iccid);
  }

  /** Several untouched cards at once, for changes that run side by side. */
  async freshCards(operator: OperatorId, count: number): Promise<Iccid[]> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = ${operator} and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit ${count}`.execute(this.resources.database);
    return rows.map(({ iccid }) => parseIccid(iccid));
  }

  /** The next card of operator-1 with a profile that no test has touched. */
  async freshCardWith(profile: string): Promise<{ readonly iccid: Iccid; readonly imsi: string }> {
    const { rows } = await sql<{ iccid: string; imsi: string }>`
      select iccid, imsi from cards where operator = 'operator-1' and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(this.resources.database);
    const [card] = rows;
    if (card === undefined) throw new Error(`no card with the profile ${profile} is left`);
    return { iccid: parseIccid(card.iccid), imsi: card.imsi };
  }

  /** What the target has reserved for the card of a change, which no card has told yet. */
  async reserved(changeId: string): Promise<SubscriberKeys & { readonly imsi: string }> {
    const { database, vault } = this.resources;
    const { rows } = await sql<{ imsi: string; k: Buffer; opc: Buffer }>`
      select imsi, sealed_k as k, sealed_opc as opc from reservations where change_id = ${changeId}::uuid`.execute(
      database,
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`nothing is reserved for change ${changeId}`);
    const opened = async (sealed: Buffer, column: string) =>
      toHex((await vault.open(sealed, { table: 'reservations', column, row: changeId })).reveal());
    return { imsi: row.imsi, k: await opened(row.k, 'sealed_k'), opc: await opened(row.opc, 'sealed_opc') };
  }

  async start(iccid: Iccid, target: OperatorId, requestId?: string): Promise<string> {
    const answer = await this.desk.requestChange({
      iccid,
      target,
      requestedBy: 'user:test',
      ...(requestId !== undefined && { requestId }),
    });
    if (answer.kind === 'refused') throw new Error(`${answer.code}: ${answer.reason}`);
    return answer.changeId;
  }

  end(changeId: string): Promise<{ readonly change: ChangeView; readonly timeline: readonly TimelineEntry[] }> {
    return followChange(this.desk, changeId);
  }

  async reaches(changeId: string, state: ChangeState): Promise<void> {
    await eventually(async () => {
      expect((await this.desk.readTimeline(changeId)).map((entry) => entry.state)).toContain(state);
    });
  }

  /**
   * Has two persons undo a change that waits for its card. A state is on record a moment before its workflow hears of it, and refuses until
   * then.
   */
  async rollBackByTwo({ changeId, iccid }: Pick<ChangeView, 'changeId' | 'iccid'>, reason: string): Promise<void> {
    for (const [actor, kind] of Object.entries({ 'user:ann': 'awaitsSecondPerson', 'user:ben': 'done' }))
      await eventually(async () => {
        const wish = { action: 'rollBack', actor, reason } as const;
        expect(await this.desk.supportChange({ changeId, iccid }, wish)).toMatchObject({ kind });
      });
    await this.reaches(changeId, 'rolledBack');
  }

  /** The history of the card's newest workflow. */
  history(iccid: Iccid) {
    return this.#withWorkflow(iccid, (handle) => handle.fetchHistory());
  }

  /** Has the card's workflow lost, as in a power cut of the Temporal server. */
  async terminate(iccid: Iccid): Promise<void> {
    await this.#withWorkflow(iccid, (handle) => handle.terminate('a test plays the power cut'));
  }

  async #withWorkflow<Answer>(iccid: Iccid, use: (handle: WorkflowHandle) => Promise<Answer>): Promise<Answer> {
    const connection = await this.resources.client();
    try {
      return await use(
        this.resources.workflows(connection).getHandle(changeWorkflowId(this.resources.index.hash(iccid))),
      );
    } finally {
      await connection.close();
    }
  }

  async faults(element: OperatorId | 'smsc', plan: object): Promise<void> {
    const { statusCode } = await request(`${this.#controlUrl(element)}/simulator/faults`, {
      method: 'PUT',
      body: JSON.stringify(plan),
      headers: { 'content-type': 'application/json' },
    });
    expect(statusCode).toBeLessThan(300);
  }

  /** The exposure function of an operator reports of a device, whatever is true. */
  async reports(
    operator: OperatorId,
    report: { readonly imsi: string; readonly monitoringType: string },
  ): Promise<void> {
    const url = `${this.#controlUrl(operator)}/simulator/reachability`;
    const headers = { 'content-type': 'application/json' };
    expect((await request(url, { method: 'POST', headers, body: JSON.stringify(report) })).statusCode).toBe(200);
  }

  /** What happened at an element for one card, or at the gateway of an operator for one change, in order. */
  async effects(
    element: OperatorId | 'smsc',
    of: { readonly changeId?: string; readonly imsi?: string; readonly iccid?: string },
  ): Promise<string[]> {
    if (of.changeId !== undefined) return this.#gatewayHistory(element, of.changeId);
    const effects = await this.#get<Effect[]>(element, '/simulator/effects');
    return effects
      .filter((effect) => Object.entries(of).some(([name, value]) => effect[name as keyof Effect] === value))
      .map(({ kind }) => kind);
  }

  async device(iccid: Iccid): Promise<{ readonly imsi: string; readonly network: string; readonly attached: boolean }> {
    return this.#get('smsc', `/simulator/devices/${iccid}`);
  }

  /** Waits until the card's device is attached to the network with this PLMN. */
  async attachedAt(iccid: Iccid, network: string): Promise<void> {
    await eventually(async () => {
      expect(await this.device(iccid)).toMatchObject({ attached: true, network });
    });
  }

  async subscribers(
    element: OperatorId,
  ): Promise<readonly { readonly imsi: string; readonly state: string; readonly attached: boolean }[]> {
    return this.#get(element, '/simulator/subscribers');
  }

  /** Takes a subscriber from the HLR behind the back of its gateway. */
  async loseSubscriber(element: OperatorId, imsi: string): Promise<void> {
    const url = `${this.#controlUrl(element)}/management/subscribers/${imsi}`;
    expect((await request(url, { method: 'DELETE' })).statusCode).toBe(204);
  }

  /** What the operator’s own people do at their HLR to repair a torn card. */
  async setKeys(element: OperatorId, imsi: string, { k, opc }: SubscriberKeys): Promise<void> {
    const { statusCode } = await request(`${this.#controlUrl(element)}/management/subscribers/${imsi}/keys`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ k, opc }),
    });
    expect(statusCode).toBe(204);
  }

  async #gatewayHistory(operator: string, changeId: string): Promise<string[]> {
    const table = sql.id(`gateway_${operator.replaceAll('-', '_')}`, 'history');
    const { rows } = await sql<{ kind: string }>`
      select kind from ${table} where change_id = ${changeId} order by id`.execute(this.resources.database);
    return rows.map(({ kind }) => kind);
  }

  async #get<Answer>(element: OperatorId | 'smsc', path: string): Promise<Answer> {
    const ask = async () => (await (await request(`${this.#controlUrl(element)}${path}`)).body.json()) as Answer;
    // A simulator that was killed is back in a moment.
    return ask().catch(() => delay(3_000).then(ask));
  }

  #controlUrl(element: OperatorId | 'smsc'): string {
    const { settings } = this.config;
    const port = {
      'operator-1': settings.SIMULATOR_OPERATOR_1_HLR_PORT,
      'operator-2': settings.SIMULATOR_OPERATOR_2_HLR_PORT,
      smsc: settings.SIMULATOR_SMSC_CONTROL_PORT,
    }[element];
    return `http://127.0.0.1:${String(port)}`;
  }
}

/** Each worker of jest has a system of its own. */
export function startedByGlobalSetup(): Pick<TestSystem, 'environment' | 'engines'> {
  const systems = JSON.parse(process.env['REHOME_TEST'] ?? '[]') as Pick<TestSystem, 'environment' | 'engines'>[];
  const system = systems[Number(process.env['JEST_WORKER_ID']) - 1];
  if (system === undefined)
    throw new Error('the set-up of the integration tests has started no system for this worker');
  return system;
}
