import { sql } from 'kysely';
import { request } from 'undici';
import { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('cards on the air that are torn or late', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '2' });
  const { database, vault } = system.resources;
  let gateway: ProvisioningClient;

  beforeAll(async () => {
    const { rows } = await sql<{ url: string }>`
      select provisioning_url as url from operators where id = 'operator-2'`.execute(database);
    gateway = new ProvisioningClient({
      operator: 'operator-2',
      url: rows[0]?.url ?? '',
      tls: system.config.operatorTls,
    });
  });
  afterEach(() => system.faults('smsc', {}));
  afterAll(async () => {
    await gateway.close();
    await system.close();
  });

  const target = () => operatorActivities({ operator: 'operator-2', gateway, database, vault });
  const happened = (iccid: Iccid, kind: string) =>
    eventually(async () => expect(await system.effects('smsc', { iccid })).toContain(kind));
  const reservedImsi = async (changeId: string): Promise<string> => {
    const { rows } = await sql<{ imsi: string }>`
      select imsi from reservations where change_id = ${changeId}::uuid`.execute(database);
    return rows[0]?.imsi ?? '';
  };

  /** Ends by hand what no evidence will, so that it is in the way of no other test. */
  async function giveUp(changeId: string, iccid: Iccid): Promise<void> {
    await system.terminate(iccid);
    const end = { state: 'rolledBack', cause: 'the test is over', actor: 'test', data: { code: 'CANCELLED' } } as const;
    await sql`select ${stateRecorded({ changeId, sequence: 99 }, end)}`.execute(database);
  }

  test('the HLR of the target tells a card that was torn between IMSI and key from one that has not attached', async () => {
    const { iccid } = await system.freshCardWith('rfm-aes');
    await system.faults('smsc', { powerCutAfterWrites: { [iccid]: 1 } });
    const changeId = await system.start(iccid, 'operator-2');
    await happened(iccid, 'powerCut');
    try {
      await eventually(async () => {
        await expect(target().confirmAttach({ changeId, iccid, sequence: 98 })).resolves.toEqual({
          ...{ attached: false, authentication: 'failed' },
        });
      });
      const torn = { attached: false, locationUpdate: null, authentication: { outcome: 'failed' } };
      expect(await gateway.subscriber(await reservedImsi(changeId))).toMatchObject(torn);
    } finally {
      await giveUp(changeId, iccid);
    }
  });

  test('a card that attaches after its change was undone is refused, seen, and let in: the change is reopened and completes', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { attachAfterMs: 4_000, dropPor: true });
    const changeId = await system.start(iccid, 'operator-2');
    await happened(iccid, 'cardUpdated');
    const imsi = await reservedImsi(changeId);
    await giveUp(changeId, iccid);
    await gateway.withdraw(changeId);
    await sql`update reservations set state = 'quarantined', updated_at = now() where change_id = ${changeId}::uuid`.execute(
      database,
    );
    const step = { changeId, iccid, sequence: 98 };
    await expect(target().askLateAttach(step)).resolves.toEqual({ seen: false });
    await happened(iccid, 'attachRefused');
    expect(await system.effects('operator-2', { imsi })).toContain('locationUpdateRefused');
    await system.reaches(changeId, 'reopened');
    await system.attachedAt(iccid, '00102');
    expect((await system.end(changeId)).change).toMatchObject({ state: 'completed', targetImsi: imsi });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn', 'restored']);
  });

  test('a card that proves, after its change was undone, that it has taken the subscription has the change reopened, before it attaches', async () => {
    const { iccid } = await system.freshCardWith('cpa-aes');
    await system.faults('smsc', { asleep: [iccid], ignoreRefresh: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    await system.rollBackByTwo({ changeId, iccid }, 'it is in my hand');
    const imsi = await reservedImsi(changeId);
    await system.faults('smsc', { ignoreRefresh: [iccid] });
    await system.reaches(changeId, 'reopened');
    expect(await system.effects('smsc', { iccid })).not.toContain('attachRefused');
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
    expect((await system.end(changeId)).change).toMatchObject({ state: 'completed', targetImsi: imsi });
  });
});
