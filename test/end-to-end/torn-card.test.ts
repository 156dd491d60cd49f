import { sql } from 'kysely';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { demoOperators } from '../../workers/demo-network.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId, type SubscriberKeys } from '../support/running-system.ts';
import { startTestSystem, type TestSystem } from '../support/test-system.ts';

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
  function factoryKeys(operator: OperatorId, imsi: string): SubscriberKeys {
    const seed = demoOperators(system.config.settings).find(({ id }) => id === operator)?.seed ?? '';
    const { k, opc } = subscriberKeys(seed, parseImsi(imsi));
    return { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  }

  /** The power fails behind the IMSI, before the key. */
  async function tear(): Promise<{ readonly iccid: Iccid; readonly changeId: string; readonly imsi: string }> {
    const { iccid, imsi } = await system.freshCardWith('rfm-aes');
    await system.faults('smsc', { powerCutAfterWrites: { [iccid]: 1 } });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => expect(await system.effects('smsc', { iccid })).toContain('powerCut'));
    await system.faults('smsc', {});
    await system.reaches(changeId, 'torn');
    return { iccid, changeId, imsi };
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
    const own = await system.reserved(changeId);
    await system.setKeys('operator-2', own.imsi, factoryKeys('operator-1', imsi));
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

    await system.setKeys('operator-2', own.imsi, own);
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
