import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { sql } from 'kysely';
import { request } from 'undici';
import { TOPICS } from '../../services/events/topics.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { locationUpdated } from '../support/events.ts';
import { RunningSystem } from '../support/running-system.ts';

/** The card has taken as many counters from somebody else. */
const AHEAD = 40;
const NO_KEY_SET_OF_THE_CARD = 9;

describe('what goes wrong in the field', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '60' });
  const hasty = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '3' });
  /** Long enough for a packet to be lost before its copy goes out. */
  const timed = new RunningSystem({ ATTACH_POLL_SECONDS: '60', ATTACH_DEADLINE_SECONDS: '10' });
  const { database } = system.resources;
  afterEach(() => system.faults('smsc', {}));
  afterAll(async () => {
    await timed.close();
    await hasty.close();
    await system.close();
  });

  const cardOf = async (profile: string): Promise<Iccid> => {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    return parseIccid(rows[0]?.iccid ?? '');
  };

  const packets = async (changeId: string) =>
    (
      await sql<{ purpose: string; cntr: number; por_status: string | null; submissions: number }>`
        select purpose, cntr, por_status, submissions from packets where change_id = ${changeId}::uuid order by cntr`.execute(
        database,
      )
    ).rows;

  async function switchOffAndOn(iccid: Iccid): Promise<void> {
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
  }

  /** The HLR of the source says that the old subscription has registered there. */
  async function showAtSource(changeId: string): Promise<void> {
    const { sourceImsi = null } = (await system.desk.findChange(changeId)) ?? {};
    if (sourceImsi === null) throw new Error(`change ${changeId} has no old subscription`);
    const producer = new Kafka({ brokers: [...system.engines.kafkaBrokers], logLevel: logLevel.NOTHING }).producer({
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    try {
      const source = '/operators/operator-1/hlr';
      const value = JSON.stringify({ ...locationUpdated({ id: randomUUID(), imsi: sourceImsi }), source });
      await producer.send({ topic: TOPICS.hlrEvents, messages: [{ key: sourceImsi, value }] });
    } finally {
      await producer.disconnect();
    }
  }

  /** A change whose packet the network has lost without a word. */
  async function lostIn(network: RunningSystem, iccid: Iccid): Promise<string> {
    await network.faults('smsc', { loseMessages: 1 });
    const changeId = await network.start(iccid, 'operator-2');
    await network.reaches(changeId, 'awaitingCard');
    await network.faults('smsc', {});
    expect(await packets(changeId)).toMatchObject([{ purpose: 'write', por_status: null, submissions: 1 }]);
    return changeId;
  }

  /** The registry forgets what it has sent to a card, as one that was restored from a backup does. */
  async function forgetCounters(iccid: Iccid): Promise<void> {
    await sql`delete from packet_submissions using packets where packets.iccid = ${iccid}
      and packet_submissions.change_id = packets.change_id`.execute(database);
    await sql`delete from packets where iccid = ${iccid}`.execute(database);
    await sql`update cards set cntr = 0 where iccid = ${iccid}`.execute(database);
  }

  test('a card whose counter is ahead of the registry is found by probes that go further each time, and its next change works', async () => {
    const iccid = await cardOf('cpa-aes');
    await sql`update cards set cntr = ${AHEAD - 1} where iccid = ${iccid}`.execute(database);
    expect((await system.end(await system.start(iccid, 'operator-2'))).change.state).toBe('completed');
    await forgetCounters(iccid);

    const behind = await system.start(iccid, 'operator-1');
    const { change } = await system.end(behind);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'CARD_UNCHANGED' });
    expect(await packets(behind)).toMatchObject([
      { purpose: 'write', cntr: 1, por_status: 'cntrLow', submissions: 1 },
      { purpose: 'probe', cntr: 1 + 16, por_status: 'cntrLow' },
      { purpose: 'probe', cntr: 1 + 16 + 32, por_status: 'porOk' },
    ]);
    expect(await system.device(iccid)).toMatchObject({ attached: true, network: '00102' });

    const next = await system.start(iccid, 'operator-1');
    expect((await system.end(next)).change.state).toBe('completed');
    expect(await packets(next)).toMatchObject([{ purpose: 'write', cntr: 1 + 16 + 32 + 1, por_status: 'porOk' }]);
  });

  test('a packet under a key set that the card does not have is built once and changes nothing, and two persons who know it take the change back', async () => {
    const iccid = await cardOf('cpa-aes');
    await sql`update cards set kvn = ${NO_KEY_SET_OF_THE_CARD} where iccid = ${iccid}`.execute(database);
    const changeId = await hasty.start(iccid, 'operator-2');
    const { change } = await hasty.end(changeId);
    expect(change).toMatchObject({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
    expect((await hasty.desk.findChange(changeId))?.keyRefusal).toMatchObject({
      status: 'securityError',
      verified: false,
    });
    expect(await packets(changeId)).toMatchObject([{ purpose: 'write', por_status: null, submissions: 2 }]);
    expect(await hasty.effects('smsc', { iccid })).not.toContain('cardUpdated');
    expect(await hasty.device(iccid)).toMatchObject({ attached: true, network: '00101' });
    await hasty.rollBackByTwo(change, 'the key set in its row is not that of the card');
    expect(await hasty.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
  });

  test('a change of which no delivery receipt ever comes completes all the same, with its packet sent once', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { loseReceipts: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    expect((await system.end(changeId)).change.state).toBe('completed');
    expect(await packets(changeId)).toMatchObject([{ purpose: 'write', por_status: 'porOk', submissions: 1 }]);
  });

  test('a packet that the network lost without a word goes out once more at half of the time, with the same octets, and the card is moved', async () => {
    const changeId = await lostIn(timed, await system.freshCard('operator-1'));
    const { change, timeline } = await timed.end(changeId);
    expect(change.state).toBe('completed');
    expect(await packets(changeId)).toMatchObject([{ purpose: 'write', por_status: 'porOk', submissions: 2 }]);
    expect(timeline.map(({ cause }) => cause).join('\n')).toContain('half of the time of the card is over');
  });

  test('a packet that the network lost without a word goes out again soon after the device has shown itself', async () => {
    const iccid = await system.freshCard('operator-1');
    const changeId = await lostIn(system, iccid);
    await switchOffAndOn(iccid);
    const { change, timeline } = await system.end(changeId);
    expect(change.state).toBe('completed');
    expect(await packets(changeId)).toMatchObject([{ purpose: 'write', por_status: 'porOk', submissions: 2 }]);
    expect(timeline.map(({ cause }) => cause).join('\n')).toContain('the device has shown itself');
  });

  test('a change whose proof of receipt was lost says so where it records the attach', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { dropPor: true });
    const { change, timeline } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
    const [attach] = timeline.filter(({ state }) => state === 'releasing');
    expect(attach?.cause).toContain('no proof of receipt had come from the card');
  });

  test('a change whose proof of receipt was lost says so although a copy of the packet was refused with a signature', async () => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { dropPor: true, ignoreRefresh: [iccid] });
    const changeId = await timed.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await system.effects('smsc', { iccid })).toContain('refreshIgnored');
    });
    await system.faults('smsc', { ignoreRefresh: [iccid] });
    await eventually(async () => {
      expect((await packets(changeId))[0]).toMatchObject({ por_status: 'cntrLow' });
    });
    await switchOffAndOn(iccid);
    const { change, timeline } = await timed.end(changeId);
    expect(change.state).toBe('completed');
    expect(timeline.find(({ state }) => state === 'releasing')?.cause).toContain('no proof of receipt had come');
  });

  test('a device that ignores REFRESH is asked for it again over the air, and completes the change without being switched off', async () => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { ignoreRefresh: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    const ignored = async () => (await system.effects('smsc', { iccid })).filter((kind) => kind === 'refreshIgnored');
    await eventually(async () => {
      expect((await ignored()).length).toBeGreaterThan(1);
    });
    expect(await system.device(iccid)).toMatchObject({ network: '00101' });
    await system.faults('smsc', {});
    await showAtSource(changeId);
    const { change, timeline } = await system.end(changeId);
    expect(change.state).toBe('completed');
    expect(timeline.map(({ cause }) => cause).join('\n')).toContain('REFRESH was sent');
    const [write, ...refreshes] = await packets(changeId);
    expect(write).toMatchObject({ purpose: 'write', submissions: 1 });
    expect(refreshes.length).toBeGreaterThan(1);
    expect(new Set(refreshes.map(({ purpose }) => purpose))).toEqual(new Set(['refresh']));
  });

  test('a device that ignores REFRESH goes on with its old subscription, and completes the change once it is switched off and on', async () => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { ignoreRefresh: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    await eventually(async () => {
      expect(await system.effects('smsc', { iccid })).toContain('refreshIgnored');
    });
    expect(await system.device(iccid)).toMatchObject({ network: '00101' });
    const { sourceImsi } = (await system.desk.findChange(changeId)) ?? {};
    const old = (await system.subscribers('operator-1')).find(({ imsi }) => imsi === sourceImsi);
    expect(old).toMatchObject({ state: 'active', attached: true });
    await switchOffAndOn(iccid);
    expect((await system.end(changeId)).change.state).toBe('completed');
    expect((await packets(changeId))[0]).toMatchObject({ submissions: 1 });
  });
});
