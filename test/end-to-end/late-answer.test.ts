import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a card that answers about its admin code too late, or so that nobody hears it', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '8' });
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  async function cardOf(profile: string): Promise<Iccid> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-2' and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(system.resources.database);
    return parseIccid(rows[0]?.iccid ?? '');
  }
  /** How many questions to the card its SMSC has taken. */
  async function questionsTaken(iccid: Iccid): Promise<number> {
    const { rows } = await sql`
      select from packets where iccid = ${iccid} and purpose = 'check' and message_ids <> '{}'`.execute(
      system.resources.database,
    );
    return rows.length;
  }
  async function cancel(iccid: Iccid): Promise<void> {
    const connection = await system.resources.client();
    try {
      const client = new WorkflowClient({ connection, namespace: system.config.temporal.namespace });
      await client.getHandle(changeWorkflowId(system.resources.index.hash(iccid))).cancel();
    } finally {
      await connection.close();
    }
  }
  /** Imports the row of a card as it was, or with this counter. */
  async function importedAgain(iccid: Iccid, cntr?: number) {
    const [header = '', ...rows] = readFileSync('examples/cards.csv', 'utf8').split('\n');
    const row = rows.find((one) => one.includes(iccid)) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'rehome-again-'));
    const file = join(folder, 'cards.csv');
    const more = cntr === undefined ? ['', ''] : [',cntr', `,${String(cntr)}`];
    writeFileSync(file, `${header.trim()}${more[0] ?? ''}\n${row.trim()}${more[1] ?? ''}\n`);
    try {
      return await system.desk.importCards({ file, rejectFile: `${file}.rejects`, onProgress: () => undefined });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const triesSpent = async (iccid: Iccid) =>
    (await system.effects('smsc', { iccid })).filter((kind) => kind === 'adminCodeRefused').length;

  test('loses one try of a wrong code, however many changes are asked for and rows imported, until two persons approve another', async () => {
    const iccid = await cardOf('rfm-aes');
    const rejectedWith = async (): Promise<string | null> =>
      (await system.end(await system.start(iccid, 'operator-1'))).change.code;
    await system.faults('smsc', { wrongAdminCode: [iccid], asleep: [iccid] });
    const first = await system.start(iccid, 'operator-1');
    await eventually(async () => {
      expect(await questionsTaken(iccid)).toBe(1);
    });
    await cancel(iccid);
    expect((await system.end(first)).change.state).toBe('cancelled');
    expect(await rejectedWith()).toBe('CARD_BLOCKED');
    await system.desk.unblockCard({ iccid, by: 'user:ann', reason: 'a person who does not wait' });
    expect(await rejectedWith()).toBe('EARLIER_QUESTION_OPEN');
    expect(await triesSpent(iccid)).toBe(0);

    await system.faults('smsc', { wrongAdminCode: [iccid] });
    await eventually(async () => {
      expect(await triesSpent(iccid)).toBe(1);
    });
    await eventually(async () => {
      expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');
    });
    expect([await triesSpent(iccid), await questionsTaken(iccid)]).toEqual([1, 1]);

    expect(await importedAgain(iccid)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');
    const { cntr } = (await system.desk.findCard(iccid)) ?? { cntr: 0 };
    expect(await importedAgain(iccid, cntr)).toMatchObject({ updated: 1, unchanged: 0 });
    expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');

    const approving = (by: string) => system.desk.approveTry({ iccid, by, reason: 'the vendor says that it is right' });
    expect(await approving('user:ann')).toMatchObject({ kind: 'first', refusedIn: first });
    expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');
    expect(await approving('user:ben')).toMatchObject({ kind: 'approved' });
    const tried = await system.end(await system.start(iccid, 'operator-1'));
    expect(tried.change).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
    expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');
    expect([await triesSpent(iccid), await questionsTaken(iccid)]).toEqual([2, 2]);

    await system.faults('smsc', {});
    await approving('user:ann');
    await approving('user:ben');
    expect((await system.end(await system.start(iccid, 'operator-1'))).change.state).toBe('completed');
    expect((await system.desk.findCard(iccid))?.refusedCode).toBeNull();
  });

  test('is blocked while a question about its code is unheard, and changed again as soon as it has answered that it is right', async () => {
    const iccid = await cardOf('rfm-aes');
    const verdict = async (): Promise<string> => {
      const check = await system.desk.checkChange({ iccid, target: 'operator-1', requestedBy: 'user:test' });
      return check.kind === 'rejected' ? check.code : check.kind;
    };
    await system.faults('smsc', { asleep: [iccid] });
    expect((await system.end(await system.start(iccid, 'operator-1'))).change).toMatchObject({ code: 'CARD_SILENT' });
    expect(await verdict()).toBe('CARD_BLOCKED');
    await system.faults('smsc', {});
    await eventually(async () => {
      expect(await verdict()).toBe('admitted');
    });
    expect((await system.end(await system.start(iccid, 'operator-1'))).change.state).toBe('completed');
  });

  test('is not blocked any more when the SMSC has given up the question that nobody heard', async () => {
    const iccid = await cardOf('rfm-aes');
    await system.faults('smsc', { asleep: [iccid], validitySeconds: 12 });
    expect((await system.end(await system.start(iccid, 'operator-1'))).change).toMatchObject({ code: 'CARD_SILENT' });
    expect((await system.desk.findCard(iccid))?.block).toMatchObject({ by: 'system:rehome' });
    await eventually(async () => {
      expect((await system.desk.findCard(iccid))?.block).toBeNull();
    });
  });

  test('is blocked when it is read to be unchanged and may have refused its code, until a person has compared that', async () => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { wrongAdminCode: [iccid], dropPor: true });
    const first = await system.start(iccid, 'operator-1');
    await eventually(async () => {
      expect(await triesSpent(iccid)).toBe(1);
    });
    await system.faults('smsc', { wrongAdminCode: [iccid] });
    expect((await system.end(first)).change).toMatchObject({ state: 'rolledBack', code: 'CARD_UNCHANGED' });

    const { change: second, timeline } = await system.end(await system.start(iccid, 'operator-1'));
    expect(second).toMatchObject({ state: 'rejected', code: 'CARD_BLOCKED' });
    expect(timeline[0]?.cause).toContain(`change ${first} may have presented adm1`);
    expect(await triesSpent(iccid)).toBe(1);

    const compared = { iccid, by: 'user:ann', reason: 'compared with the vendor’s file' };
    expect(await system.desk.unblockCard(compared)).toMatchObject({ kind: 'unblocked', was: { by: 'system:rehome' } });
    const { change: third } = await system.end(await system.start(iccid, 'operator-1'));
    expect(third).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
    expect(await triesSpent(iccid)).toBe(2);
  });

  test('is not blocked when its packet never reached it', async () => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { asleep: [iccid], validitySeconds: 1 });
    const first = await system.start(iccid, 'operator-1');
    await eventually(async () => {
      const { rows } = await sql<{ failed_at: Date | null }>`
        select failed_at from packet_submissions where change_id = ${first}::uuid`.execute(system.resources.database);
      expect(rows).toEqual([{ failed_at: expect.any(Date) as Date }]);
    });
    await system.reaches(first, 'inDoubt');
    await system.rollBackByTwo({ changeId: first, iccid }, 'the meter was never switched on');
    await system.faults('smsc', {});
    expect((await system.end(await system.start(iccid, 'operator-1'))).change.state).toBe('completed');
  });

  test.each([
    ['system:rehome', 0],
    ['user:ann', 1],
  ])('that turns up at the target has of the blocks of %s so many left: %d', async (by, left) => {
    const iccid = await cardOf('cpa-aes');
    await system.faults('smsc', { attachAfterMs: 3_000 });
    const changeId = await system.start(iccid, 'operator-1');
    await system.reaches(changeId, 'awaitingCard');
    await sql`insert into card_blocks (iccid, reason, blocked_by) values (${iccid}, 'a test', ${by})`.execute(
      system.resources.database,
    );
    expect((await system.end(changeId)).change.state).toBe('completed');
    const { rows } = await sql`select from card_blocks where iccid = ${iccid} and unblocked_at is null`.execute(
      system.resources.database,
    );
    expect(rows).toHaveLength(left);
  });
});
