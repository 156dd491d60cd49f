import { sql } from 'kysely';
import { request } from 'undici';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { demoOperators } from '../../workers/demo-network.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';
import { startTestSystem, type TestSystem } from '../support/test-system.ts';

interface Keys {
  readonly k: string;
  readonly opc: string;
}

describe('a card that is torn between IMSI and key', () => {
  let started: TestSystem;
  let system: RunningSystem;

  beforeAll(async () => {
    started = await startTestSystem({ ATTACH_POLL_SECONDS: '1' });
    system = new RunningSystem({}, started);
  });
  afterAll(async () => {
    await system.close();
    await started.stop();
  });

  /** The key of a card that is as it came from the factory. */
  function factoryKeys(operator: OperatorId, imsi: string): Keys {
    const seed = demoOperators(system.config.settings).find(({ id }) => id === operator)?.seed ?? '';
    const { k, opc } = subscriberKeys(seed, parseImsi(imsi));
    return { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  }

  /** The key that the target has reserved for the card. */
  async function reserved(changeId: string): Promise<Keys & { readonly imsi: string }> {
    const { database, vault } = system.resources;
    const { rows } = await sql<{ imsi: string; k: Buffer; opc: Buffer }>`
      select imsi, sealed_k as k, sealed_opc as opc from reservations where change_id = ${changeId}::uuid`.execute(
      database,
    );
    const [{ imsi, k, opc } = { imsi: '', k: Buffer.of(), opc: Buffer.of() }] = rows;
    const opened = async (sealed: Buffer, column: string) =>
      toHex((await vault.open(sealed, { table: 'reservations', column, row: changeId })).reveal());
    return { imsi, k: await opened(k, 'sealed_k'), opc: await opened(opc, 'sealed_opc') };
  }

  /** What the operators do by hand. */
  async function targetSets({ imsi, k, opc }: Keys & { readonly imsi: string }): Promise<void> {
    const port = String(system.config.settings.SIMULATOR_OPERATOR_2_HLR_PORT);
    const { statusCode } = await request(`http://127.0.0.1:${port}/management/subscribers/${imsi}/keys`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ k, opc }),
    });
    expect(statusCode).toBe(204);
  }

  /** The power fails behind the IMSI, before the key. */
  async function tear(): Promise<{ readonly iccid: Iccid; readonly changeId: string; readonly imsi: string }> {
    const { database } = system.resources;
    const { rows } = await sql<{ iccid: string; imsi: string }>`
      select iccid, imsi from cards where operator = 'operator-1' and profile = 'rfm-aes'
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    const [card] = rows;
    if (card === undefined) throw new Error('no card is left');
    const iccid = parseIccid(card.iccid);
    await system.faults('smsc', { powerCutAfterWrites: { [iccid]: 1 } });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => expect(await system.effects('smsc', { iccid })).toContain('powerCut'));
    await system.faults('smsc', {});
    await system.reaches(changeId, 'torn');
    return { iccid, changeId, imsi: card.imsi };
  }

  const packets = async (changeId: string) =>
    (
      await sql<{ purpose: string; number: number; cntr: number; msisdn: string; por_status: string | null }>`
        select purpose, number, cntr, msisdn, por_status from packets where change_id = ${changeId}::uuid order by cntr`.execute(
        system.resources.database,
      )
    ).rows;
  const causes = async (changeId: string) =>
    (await system.desk.readTimeline(changeId)).map(({ cause }) => cause).join('\n');

  test('is written again over the network of the target, which lets it in with its old key, and released only once it has attached with the new one', async () => {
    const { iccid, changeId, imsi } = await tear();
    const own = await reserved(changeId);
    await targetSets({ imsi: own.imsi, ...factoryKeys('operator-1', imsi) });
    await system.attachedAt(iccid, '00102');
    await eventually(async () => {
      expect(await causes(changeId)).toContain('has to set its own (K2)');
    });
    const { rows } = await sql<{ operator: string; sealed: boolean }>`
      select card.operator, reservation.sealed_k is not null as sealed
      from cards card join reservations reservation using (iccid) where change_id = ${changeId}::uuid`.execute(
      system.resources.database,
    );
    expect(rows).toEqual([{ operator: 'operator-1', sealed: true }]);
    const [, write, rewrite] = await packets(changeId);
    expect(write).toMatchObject({ purpose: 'write', por_status: null });
    expect(rewrite).toMatchObject({ purpose: 'rewrite', number: 1, por_status: 'porOk' });
    expect(rewrite?.msisdn).not.toBe(write?.msisdn);
    expect(await system.effects('operator-1', { changeId })).toEqual([]);

    await targetSets(own);
    await system.reaches(changeId, 'completed');
    const { change, timeline } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'completed', targetImsi: own.imsi });
    expect(timeline.map(({ state }) => state).join(' ')).toMatch(/torn releasing completed$/);
    await system.attachedAt(iccid, '00102');
    expect(await system.effects('operator-1', { imsi })).toEqual(expect.arrayContaining(['barred', 'deleted']));
    const pack = await system.desk.readEvidence(changeId);
    expect(pack.packets.map(({ purpose }) => purpose)).toEqual(['check', 'write', 'rewrite']);
  });
});
