import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { luhnDigit, parseIccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

const KEY = 'de303176e4bd52696a6f848ea6337bcc';
const ADM1 = 'de309c55d22113ed';
const ANOTHER = '3132333435363738';
/** A card that no simulator carries, so that no other test meets it. */
const DIGITS = '899997600000000001';
const ICCID = parseIccid(DIGITS + luhnDigit(DIGITS));

describe('an admin code that its card has refused', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  const folder = mkdtempSync(join(tmpdir(), 'rehome-tries-'));

  beforeEach(() => importing());
  afterEach(async () => {
    for (const table of ['admin_code_approvals', 'packets', 'changes', 'cards'])
      await sql`delete from ${sql.id(table)} where iccid = ${ICCID}`.execute(database);
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });

  function importing({ adm1 = ADM1, msisdn = '9997600001' } = {}) {
    const file = join(folder, 'cards.csv');
    const row = [ICCID, 'operator-1', '001017600000001', msisdn, 'cpa-aes', adm1, '2', KEY, KEY];
    writeFileSync(file, `iccid,operator,imsi,msisdn,profile,adm1,kvn,kic,kid\n${row.join(',')}\n`);
    return system.desk.importCards({ file, rejectFile: `${file}.rejects`, onProgress: () => undefined });
  }
  /** A change of the card in which it refused its code; an open one may still be about to. */
  async function refused({ code = 'ADMIN_CODE_WRONG', ended = true } = {}): Promise<string> {
    const changeId = uuidv7();
    await sql`
      insert into changes (change_id, iccid, target, state, ended, sequence, code, detail, requested_by, request_id, requested_at, updated_at)
      values (${changeId}, ${ICCID}, 'operator-2', ${ended ? 'rolledBack' : 'sending'}, ${ended}, 3, ${code}, 'as this test has it',
        'user:test', ${changeId}, now(), clock_timestamp())`.execute(database);
    return changeId;
  }
  const approving = (name: string, reason = 'compared with the vendor’s file') =>
    system.desk.approveTry({ iccid: ICCID, by: `user:${name}`, reason });
  /** Whether a change of the card would be admitted, or why not. */
  async function verdict(): Promise<string> {
    const check = await system.desk.checkChange({ iccid: ICCID, target: 'operator-2', requestedBy: 'user:cy' });
    return check.kind === 'rejected' ? check.code : check.kind;
  }
  async function records(): Promise<number> {
    const { rows } = await sql`select from admin_code_approvals where iccid = ${ICCID}`.execute(database);
    return rows.length;
  }
  const twoDaysLater = () =>
    sql`update admin_code_approvals set approved_at = approved_at - interval '2 days' where iccid = ${ICCID}`.execute(
      database,
    );

  test.each(['ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED'])(
    'is tried once more when two persons have approved that, and not when one has: %s',
    async (code) => {
      const changeId = await refused({ code });
      expect(await verdict()).toBe('ADMIN_CODE_WRONG');
      expect(await approving('ann', 'asked the vendor')).toMatchObject({
        ...{ kind: 'first', recorded: true, refusedIn: changeId },
        first: { by: 'user:ann', reason: 'asked the vendor' },
      });
      expect(await verdict()).toBe('ADMIN_CODE_WRONG');
      expect((await system.desk.findCard(ICCID))?.refusedCode?.standing).toMatchObject({
        ...{ kind: 'first', first: { by: 'user:ann' }, until: expect.stringMatching(/Z$/) as string },
      });
      expect(await approving('ben')).toMatchObject({
        ...{ kind: 'approved', recorded: true, first: { by: 'user:ann' }, second: { by: 'user:ben' } },
      });
      expect(await verdict()).toBe('admitted');
      expect((await system.desk.findCard(ICCID))?.refusedCode).toMatchObject({
        ...{ changeId, approvals: [{ reason: 'asked the vendor' }, { by: 'user:ben' }] },
        standing: { kind: 'approved', first: { by: 'user:ann' }, second: { by: 'user:ben' } },
      });
    },
  );

  test('is not approved by one person twice, however the name is spelt', async () => {
    await refused();
    await approving('ann smith');
    for (const spelling of ['ann smith', 'Ann  SMITH', 'user:annsmith', 'ann\u200b smith', 'ａｎｎ smith'])
      expect([spelling, await approving(spelling)]).toMatchObject([
        spelling,
        { kind: 'first', recorded: false, first: { by: 'user:ann smith' } },
      ]);
    expect([await verdict(), await records()]).toEqual(['ADMIN_CODE_WRONG', 1]);
    expect(await approving('')).toEqual({ kind: 'nobody' });
    expect(await records()).toBe(1);
  });

  test('needs a second person within a day: later that one is the first', async () => {
    const changeId = await refused();
    await sql`update changes set updated_at = updated_at - interval '3 days' where change_id = ${changeId}`.execute(
      database,
    );
    await sql`update cards set adm1_at = adm1_at - interval '3 days' where iccid = ${ICCID}`.execute(database);
    await approving('ann');
    await twoDaysLater();
    expect(await approving('ben')).toMatchObject({ kind: 'first', recorded: true, first: { by: 'user:ben' } });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
    expect(await approving('ann')).toMatchObject({ kind: 'approved', first: { by: 'user:ben' } });
    await twoDaysLater();
    expect(await verdict()).toBe('admitted');
  });

  test('is approved by two who do so at the same moment, each once', async () => {
    await refused();
    const answers = await Promise.all(['ann', 'ben', 'ann', 'ben'].map((name) => approving(name)));
    expect(answers.map(({ kind }) => kind).filter((kind) => kind === 'approved').length).toBeGreaterThan(0);
    expect([await verdict(), await records()]).toEqual(['admitted', 2]);
  });

  test('has two approvals used up by the next refusal, also by one that only its packet remembers', async () => {
    await refused();
    await approving('ann');
    await approving('ben');
    const second = await refused();
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
    expect(await approving('ann')).toMatchObject({ kind: 'first', recorded: true, refusedIn: second });
    await approving('ben');
    expect(await verdict()).toBe('admitted');
    const third = uuidv7();
    await sql`
      insert into packets (change_id, purpose, number, iccid, cntr, state, sent_at, por_status, por_status_word, por_at)
      values (${third}::uuid, 'check', 1, ${ICCID}, 7, 'sent', now() - interval '1 second', 'porOk', '63c1', clock_timestamp())`.execute(
      database,
    );
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
    expect(await approving('cy')).toMatchObject({ kind: 'first', refusedIn: third });
    expect(await records()).toBe(5);
  });

  test('is not lifted by any import; another code voids what was approved, the same row and other columns do not', async () => {
    await refused();
    expect(await importing({ adm1: ANOTHER })).toMatchObject({ updated: 1, codesChanged: 1 });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
    await approving('ann');
    expect(await importing({ adm1: ANOTHER })).toMatchObject({ unchanged: 1 });
    expect(await importing({ adm1: ANOTHER, msisdn: '9997600002' })).toMatchObject({ updated: 1, codesChanged: 0 });
    expect(await approving('ben')).toMatchObject({ kind: 'approved', first: { by: 'user:ann' } });
    expect(await verdict()).toBe('admitted');
    await importing({ adm1: ANOTHER });
    expect(await verdict()).toBe('admitted');

    expect(await importing()).toMatchObject({ updated: 1, codesChanged: 1 });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
    expect((await system.desk.findCard(ICCID))?.refusedCode).toMatchObject({
      standing: { kind: 'none' },
      approvals: [],
    });
    await importing({ adm1: ANOTHER });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
  });

  test('has a first approval voided too when another code comes between the two', async () => {
    await refused();
    await approving('ann');
    await importing({ adm1: ANOTHER });
    expect(await approving('ben')).toMatchObject({ kind: 'first', recorded: true, first: { by: 'user:ben' } });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
  });

  test('can’t be approved before it was refused, while a change of the card is open, or for a card that is not registered', async () => {
    expect(await approving('ann')).toEqual({ kind: 'notRefused' });
    const open = await refused({ ended: false });
    expect(await approving('ann')).toEqual({ kind: 'changeOpen', changeId: open });
    expect(await system.desk.approveTry({ iccid: '8999999', by: 'user:ann', reason: 'why not' })).toEqual({
      kind: 'unknown',
    });
    expect(await records()).toBe(0);
  });

  test('may be asked for by a question that has not arrived yet: until then no change begins, whatever is registered, unless the card has proven its code', async () => {
    await sql`
      insert into packets (change_id, purpose, number, iccid, cntr, state, sent_at)
      values (${uuidv7()}::uuid, 'check', 1, ${ICCID}, 7, 'sent', clock_timestamp())`.execute(database);
    expect(await verdict()).toBe('EARLIER_QUESTION_OPEN');
    await importing({ msisdn: '9997600002' });
    expect(await verdict()).toBe('EARLIER_QUESTION_OPEN');
    await importing({ adm1: ANOTHER });
    expect(await verdict()).toBe('EARLIER_QUESTION_OPEN');
    await sql`update cards set adm1_settled_at = clock_timestamp() where iccid = ${ICCID}`.execute(database);
    expect(await verdict()).toBe('admitted');
  });

  test('counts no more once the card has proven its code by taking a subscription', async () => {
    await refused();
    await sql`update cards set adm1_settled_at = clock_timestamp() where iccid = ${ICCID}`.execute(database);
    expect([await verdict(), await approving('ann')]).toEqual(['admitted', { kind: 'notRefused' }]);
    await refused();
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
  });

  test('is known again by a hash that nobody can make who has the database alone, and which tells no two cards with one code', async () => {
    const { rows } = await sql<{ adm1_index: string }>`select adm1_index from cards where iccid = ${ICCID}`.execute(
      database,
    );
    const known = rows[0]?.adm1_index ?? '';
    expect(known).toMatch(/^[0-9a-f]{32}$/);
    for (const guess of [ADM1, `adm1 ${ICCID} ${ADM1}`])
      expect(createHash('sha256').update(guess).digest('hex')).not.toContain(known);
    expect(known).not.toBe(system.resources.index.hash(ADM1));
  });

  test('of a row from before is learnt when that is imported as it is, which lifts and voids nothing', async () => {
    await sql`update cards set adm1_index = null where iccid = ${ICCID}`.execute(database);
    await refused();
    await approving('ann');
    expect(await importing()).toMatchObject({ unchanged: 1 });
    expect(await approving('ben')).toMatchObject({ kind: 'approved' });
    expect(await importing({ msisdn: '9997600002' })).toMatchObject({ updated: 1, codesChanged: 0 });
    expect(await verdict()).toBe('admitted');

    await sql`update cards set adm1_index = null where iccid = ${ICCID}`.execute(database);
    expect(await importing()).toMatchObject({ updated: 1, codesChanged: 0 });
    expect(await verdict()).toBe('ADMIN_CODE_WRONG');
  });

  test('is approved after an import that was under way, for the code that it brought', async () => {
    await refused();
    let answer: ReturnType<typeof approving> | undefined;
    await database.transaction().execute(async (transaction) => {
      await sql`update cards set adm1_index = 'another', adm1_at = clock_timestamp() where iccid = ${ICCID}`.execute(
        transaction,
      );
      answer = approving('ann');
      await eventually(async () => {
        const { rows } = await sql`
          select from pg_stat_activity
          where wait_event_type = 'Lock' and query like '%from cards where iccid%'`.execute(database);
        expect(rows).toHaveLength(1);
      });
      await sql`update cards set adm1_at = clock_timestamp() where iccid = ${ICCID}`.execute(transaction);
    });
    expect(await answer).toMatchObject({ kind: 'first' });
    expect((await system.desk.findCard(ICCID))?.refusedCode?.approvals).toMatchObject([{ by: 'user:ann' }]);
  });
});
