import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { request } from 'undici';
import { prepareReading } from '../../services/packets/packet-store.ts';
import { readingActivities } from '../../activities/reading/reading-activities.ts';
import type { ReconciliationReport } from '../../application/ports.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a card that is asked over the air what it holds', () => {
  const system = new RunningSystem();
  const { database, profiles } = system.resources;
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  const ask = (iccid: Iccid, patienceSeconds = 20, desk = system.desk): Promise<ReconciliationReport> =>
    desk.reconcile({ iccid, ask: { askedBy: 'user:test', patienceSeconds } });
  const isAsked = (iccid: Iccid) =>
    eventually(async () => {
      const { rows } = await sql`select from card_readings where iccid = ${iccid} and ended_at is null`.execute(
        database,
      );
      expect(rows).toHaveLength(1);
    });
  /** Of all tests: a card that was only read is fresh to the next one. */
  const probesOf = async (iccid: Iccid) => {
    const { rows } = await sql<{ state: string; sealed_segments: Buffer | null }>`
      select state, sealed_segments from packets where iccid = ${iccid} and purpose = 'probe' order by cntr`.execute(
      database,
    );
    return rows;
  };

  test('says what the registry says, of a card that has moved', async () => {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(await ask(iccid)).toMatchObject({ held: change.targetImsi, findings: [], leftOut: [] });
  });

  test('is changed afterwards as if it had not been asked, and its probe is not kept', async () => {
    const iccid = await system.freshCard('operator-1');
    const before = await system.device(iccid);
    expect(await ask(iccid)).toMatchObject({ held: before.imsi, findings: [] });
    expect(await system.device(iccid)).toEqual(before);
    expect((await probesOf(iccid)).at(-1)).toEqual({ state: 'sent', sealed_segments: null });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
  });

  test('shows that the registry is wrong, and the registry is left as it is', async () => {
    const iccid = await system.freshCard('operator-1');
    const { imsi: held } = await system.device(iccid);
    const registry = () => system.desk.findCard(iccid);
    await sql`update cards set imsi = '001010999999999' where iccid = ${iccid}`.execute(database);
    try {
      const { findings } = await ask(iccid);
      expect(findings.filter(({ kind }) => kind === 'registryWrong')).toMatchObject([
        { iccid, detail: `the registry says IMSI 001010999999999, the card holds ${held}` },
      ]);
      expect(await registry()).toMatchObject({ imsi: '001010999999999' });
    } finally {
      await sql`update cards set imsi = ${held} where iccid = ${iccid}`.execute(database);
    }
  });

  test('is left out when it does not answer in time, and nothing more is sent', async () => {
    const iccid = await system.freshCard('operator-1');
    const before = await probesOf(iccid);
    await system.faults('smsc', { silentCards: true });
    expect(await ask(iccid, 2)).toMatchObject({
      findings: [],
      leftOut: [{ iccid, reason: `the card was not read: ICCID ${iccid} has not answered` }],
    });
    expect(await probesOf(iccid)).toEqual([...before, { state: 'sent', sealed_segments: null }]);
  });

  test('is not asked when its profile has no way to read it, and that is said', async () => {
    const iccid = await system.freshCard('operator-1');
    const [card, before] = [await system.desk.findCard(iccid), await probesOf(iccid)];
    const file = join(system.config.dataFolder, 'no-read-back.json');
    const profile = { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes' };
    writeFileSync(file, JSON.stringify({ [card?.profile ?? '']: profile }));
    const blind = new RunningSystem({ CARD_PROFILES_FILE: file });
    try {
      const { leftOut } = await ask(iccid, 20, blind.desk);
      expect(leftOut).toMatchObject([
        { iccid, reason: expect.stringContaining('no way to read a card back') as string },
      ]);
    } finally {
      await blind.close();
    }
    expect(await probesOf(iccid)).toEqual(before);
  });

  describe('and changes', () => {
    test('is not asked while its change waits for its answer, which is not disturbed', async () => {
      const iccid = await system.freshCard('operator-1');
      const before = await probesOf(iccid);
      await system.faults('smsc', { asleep: [iccid] });
      const changeId = await system.start(iccid, 'operator-2');
      await system.reaches(changeId, 'awaitingCard');
      const { leftOut } = await ask(iccid);
      expect(leftOut).toMatchObject([
        { reason: expect.stringContaining(`rehome support ${changeId} askCard`) as string },
      ]);
      expect(await probesOf(iccid)).toEqual(before);
      await system.faults('smsc', {});
      expect((await system.end(changeId)).change.state).toBe('completed');
    });

    test('is not asked while a change is open that has no workflow: no counter is given, whoever asks', async () => {
      const iccid = await system.freshCard('operator-1');
      const readingId = randomUUID();
      const own = readingActivities({ database, profiles });
      const reading = { readingId, iccid, askedBy: 'user:test', patienceSeconds: 20 };
      expect(await own.beginReading(reading)).toMatchObject({ kind: 'begun', smsc: 'smsc-1' });
      const change = await RecordedChange.begin(database, iccid);
      try {
        expect(await own.beginReading(reading)).toMatchObject({ kind: 'refused' });
        expect(await prepareReading(database, { readingId, iccid, number: 1 })).toBeUndefined();
      } finally {
        await change.end();
      }
      expect(await prepareReading(database, { readingId, iccid, number: 1 })).toMatchObject({ state: 'prepared' });
      await own.endReading({ readingId });
      expect(await prepareReading(database, { readingId, iccid, number: 2 })).toBeUndefined();
    });

    test('keeps a change from beginning, which is told to come again, and then moves the card', async () => {
      const iccid = await system.freshCard('operator-1');
      await system.faults('smsc', { asleep: [iccid] });
      const reading = ask(iccid, 4);
      await isAsked(iccid);
      const wish = { iccid, target: 'operator-2', requestedBy: 'user:test', requestId: randomUUID() };
      expect(await system.desk.requestChange(wish)).toMatchObject({
        ...{ kind: 'refused', code: 'CARD_BEING_READ' },
        reason: expect.stringContaining('ask again') as string,
      });
      expect(await system.desk.checkChange(wish)).toMatchObject({ kind: 'rejected', code: 'CARD_BEING_READ' });
      expect((await reading).leftOut).toHaveLength(1);
      expect(await system.desk.checkChange(wish)).toMatchObject({ kind: 'admitted' });
      await system.faults('smsc', {});
      const answer = await system.desk.requestChange(wish);
      if (answer.kind === 'refused') throw new Error(answer.reason);
      expect((await system.end(answer.changeId)).change.state).toBe('completed');
    });

    const userAsks = async (iccid: string) => {
      const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
      const { statusCode } = await request(`http://127.0.0.1:${port}/simulator/devices/${iccid}/menu`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ target: '00102' }),
      });
      expect(statusCode).toBe(200);
    };
    const isParked = async (iccid: string) => {
      const { rows } = await sql<{ reason: string }>`select reason from parked_events where subject = ${iccid}`.execute(
        database,
      );
      expect(rows).toMatchObject([{ reason: expect.stringContaining('is being read') as string }]);
    };

    test('whose user asks for a change meanwhile holds nobody else up, and moves when its user asks again', async () => {
      const iccid = await system.freshCard('operator-1');
      await system.faults('smsc', { silentCards: true });
      const reading = ask(iccid, 20);
      await isAsked(iccid);
      await userAsks(iccid);
      await eventually(() => isParked(iccid));
      await system.faults('smsc', {});
      await reading;
      await userAsks(iccid);
      await system.attachedAt(iccid, '00102');
    });

    test('that two persons ask at once is asked once', async () => {
      const iccid = await system.freshCard('operator-1');
      const held = (await Promise.all([ask(iccid), ask(iccid)])).filter((report) => report.held !== undefined);
      expect(held).toHaveLength(1);
    });
  });
});
