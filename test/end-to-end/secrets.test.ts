import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { request } from 'undici';
import { TOPICS } from '../../services/events/topics.ts';
import { runDemo } from '../../scripts/demo.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import type { ChangeView } from '../../application/views.ts';
import { CanaryScan, type Hit } from '../support/canary-scan.ts';
import { CanarySystem } from '../support/canary-system.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';
import {
  commandLineAnswers,
  databaseRows,
  httpAnswers,
  openedHistories,
  type Told,
} from '../support/system-answers.ts';

const STARTS_WITHIN_MS = 180_000;
/** Hundreds of megabytes, on a machine that has other things to do. */
const READS_WITHIN_MS = 180_000;
/** Of a step, which is retried for 2 s here. */
const PATIENCE_IS_OVER_MS = 4_000;
const FOLDERS = ['temporal', 'kafka', 'postgres', 'logs'] as const;

describe('the secrets of a whole system', () => {
  let canary: CanarySystem;
  let system: RunningSystem;
  const changes: ChangeView[] = [];
  let shown = '';

  beforeAll(async () => {
    canary = await CanarySystem.start();
    system = new RunningSystem({ STEP_PATIENCE_SECONDS: '2' }, canary.system);
    await playTheDemonstration();
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    await system.close();
    await canary.stop();
  }, STARTS_WITHIN_MS);

  test(
    'stand nowhere, in no encoding: the files of Temporal, Kafka and PostgreSQL, every log, the data of the simulators',
    async () => {
      await sql`checkpoint`.execute(system.resources.database);
      const { files, hits } = await scan().inFolder(system.config.dataFolder);
      expect(hits).toEqual([]);
      expect(files).toBeGreaterThan(100);
      for (const folder of FOLDERS) expect(existsSync(join(system.config.dataFolder, folder))).toBe(true);
    },
    READS_WITHIN_MS,
  );

  test('stand in no history of Temporal, not even sealed', async () => {
    const histories = await openedHistories(system);
    expect(histories.length).toBeGreaterThanOrEqual(changes.length);
    for (const { iccid } of changes) expect(histories.map(({ text }) => text).join()).toContain(iccid);
    expect(hitsIn(histories)).toEqual([]);
  });

  test('stand in no row of PostgreSQL', async () => {
    const rows = await databaseRows(system);
    expect(rows.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['table public.packets', 'table public.cards']),
    );
    expect(hitsIn(rows)).toEqual([]);
  });

  test('stand in no answer: what the demonstration shows, every command, every gateway, simulator and the codec server', async () => {
    const cardsFile = system.config.settings.SIMULATOR_CARDS_FILE;
    const answers = [{ place: 'npm start', text: shown }];
    for (const change of changes) answers.push(...(await commandLineAnswers(system, { change, cardsFile })));
    answers.push(...(await httpAnswers(system, changes)));
    for (const { iccid } of changes)
      expect(answers.filter(({ text }) => text.includes(iccid)).length).toBeGreaterThan(5);
    expect(answers.filter(({ text }) => text === '')).toEqual([]);
    expect(hitsIn(answers)).toEqual([]);
  });

  describe('would be found if one was there: planted', () => {
    const octets = randomBytes(16);
    const hex = octets.toString('hex');
    const planted = new CanaryScan([{ name: 'planted', octets }]);
    const found = async (folder: (typeof FOLDERS)[number]) =>
      (await planted.inFolder(join(system.config.dataFolder, folder))).hits.length;

    test('in a log', async () => {
      expect(await found('logs')).toBe(0);
      appendFileSync(join(system.config.dataFolder, 'logs', 'workers.log'), `{"msg":"${hex.toUpperCase()}"}\n`);
      expect(await found('logs')).toBe(1);
    });

    test(
      'in the segments of Kafka',
      async () => {
        expect(await found('kafka')).toBe(0);
        await system.resources.bus.publish(TOPICS.changeEvents, [{ key: 'planted', value: octets, headers: {} }]);
        await eventually(async () => {
          expect(await found('kafka')).toBeGreaterThan(0);
        });
      },
      READS_WITHIN_MS,
    );

    test(
      'in the files of PostgreSQL, and in its rows',
      async () => {
        expect(await found('postgres')).toBe(0);
        const { database } = system.resources;
        await sql`create table planted as select ${octets}::bytea as octets`.execute(database);
        await sql`checkpoint`.execute(database);
        expect(await found('postgres')).toBeGreaterThan(0);
        expect((await databaseRows(system)).flatMap(inTold)).toEqual([
          { place: 'table public.planted', canary: 'planted' },
        ]);
      },
      READS_WITHIN_MS,
    );

    test(
      'in the database of Temporal, if a payload is written in the clear',
      async () => {
        expect(await found('temporal')).toBe(0);
        await plantWorkflow('in the clear', async (connection) => {
          const { WorkflowClient } = await import('@temporalio/client');
          return new WorkflowClient({ connection, namespace: system.config.temporal.namespace });
        });
        expect(await found('temporal')).toBeGreaterThan(0);
      },
      READS_WITHIN_MS,
    );

    test('in a sealed payload, whose history is opened', async () => {
      await plantWorkflow('sealed', (connection) => Promise.resolve(system.resources.workflows(connection)));
      expect((await openedHistories(system)).flatMap(inTold)).toEqual(
        expect.arrayContaining([{ place: 'history of planted sealed', canary: 'planted' }]),
      );
    });

    test('in an answer', async () => {
      const iccid = await system.freshCard('operator-1');
      const answer = await system.desk.requestChange({
        iccid,
        target: 'operator-2',
        requestedBy: 'user:test',
        reason: hex,
      });
      if (answer.kind !== 'started') throw new Error(answer.reason);
      const { change } = await system.end(answer.changeId);
      const cardsFile = system.config.settings.SIMULATOR_CARDS_FILE;
      const places = (await commandLineAnswers(system, { change, cardsFile }))
        .flatMap(inTold)
        .map(({ place }) => place);
      expect(places).toEqual(expect.arrayContaining([`rehome status ${change.changeId} --json`]));
    });

    const inTold = ({ place, text }: Told): Hit[] => planted.in(place, text);

    async function plantWorkflow(
      how: string,
      clientOver: (
        connection: Awaited<ReturnType<RunningSystem['resources']['client']>>,
      ) => Promise<ReturnType<RunningSystem['resources']['workflows']>>,
    ): Promise<void> {
      const connection = await system.resources.client();
      const client = await clientOver(connection);
      await client.start('planted', { workflowId: `planted ${how}`, taskQueue: 'served by nobody', args: [hex] });
      await connection.close();
    }
  });

  const scan = () => new CanaryScan(canary.canaries(system.config, changes));

  function hitsIn(told: readonly Told[]): Hit[] {
    const all = scan();
    return told.flatMap(({ place, text }) => all.in(place, text));
  }

  /** What `npm start` does, and then what goes wrong, what goes back, and every kind of card. */
  async function playTheDemonstration(): Promise<void> {
    const output = { write: (text: string) => void (shown += text) };
    expect(await runDemo(system.desk, system.config, { output, staysUp: false })).toBe(0);
    const [moved] = await system.desk.listChanges({ limit: 1 });
    if (moved === undefined) throw new Error('the demonstration has moved no card');
    changes.push(moved);
    await change(parseIccid(moved.iccid), 'operator-1');
    for (const profile of ['cpa-aes-consent', 'rfm-aes', 'rfm-aes-expanded'])
      await change(await cardOf(profile), 'operator-2');
    for (const iccid of [await cardOf('rfm-aes'), await cardOf('cpa-aes')]) {
      await system.faults('smsc', { wrongAdminCode: [iccid] });
      await change(iccid, 'operator-2');
    }
    await system.faults('smsc', {});
    await system.faults('operator-2', { down: true });
    const rolledBack = await system.start(await cardOf('cpa-aes'), 'operator-2');
    await delay(PATIENCE_IS_OVER_MS);
    await system.faults('operator-2', {});
    changes.push((await system.end(rolledBack)).change);
    await changeByMenu(await cardOf('cpa-aes'));
  }

  async function change(iccid: Iccid, target: OperatorId): Promise<void> {
    changes.push((await system.end(await system.start(iccid, target))).change);
  }

  async function changeByMenu(iccid: Iccid): Promise<void> {
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    await request(`http://127.0.0.1:${port}/simulator/devices/${iccid}/menu`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ target: '00102' }),
    });
    await system.attachedAt(iccid, '00102');
    const asked = await system.desk.findChange(iccid);
    if (asked === undefined) throw new Error(`the menu of ICCID ${iccid} has started no change`);
    changes.push((await system.end(asked.changeId)).change);
  }

  async function cardOf(profile: string): Promise<Iccid> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(system.resources.database);
    const [row] = rows;
    if (row === undefined) throw new Error(`no card is left with the profile ${profile}`);
    return parseIccid(row.iccid);
  }
});
