import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ImportCounts } from '../../application/ports.ts';
import { luhnDigit } from '../../telecom/identifiers/iccid.ts';
import { RunningSystem } from '../support/running-system.ts';

const KEY = 'de303176e4bd52696a6f848ea6337bcc';
const BASE = 'iccid,operator,imsi,msisdn,profile,adm1,kvn,kic,kid';

interface Row {
  readonly iccid: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly cntr?: string;
  readonly targets?: string;
}

/** A card that no simulator carries, so that no other test meets it. */
function card(serial: number): Row {
  const digits = `8999977${String(serial).padStart(11, '0')}`;
  const number = String(serial).padStart(7, '0');
  return { iccid: digits + luhnDigit(digits), imsi: `00101777${number}`, msisdn: `999771${number}` };
}

describe('an import of cards', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  const folder = mkdtempSync(join(tmpdir(), 'rehome-import-'));
  const rejectFile = join(folder, 'cards.rejects.csv');
  const [first, second, third] = [card(1), card(2), card(3)];

  afterEach(async () => {
    await sql`delete from cards where iccid like '8999977%'`.execute(database);
    rmSync(rejectFile, { force: true });
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });

  /** Imports these rows as one file; a column that is not needed is there when a row has it. */
  async function importing(...rows: readonly Row[]): Promise<ImportCounts> {
    const file = join(folder, 'cards.csv');
    const besides = (['cntr', 'targets'] as const).filter((column) => rows.some((row) => row[column] !== undefined));
    const lines = rows.map(({ iccid, imsi, msisdn, ...given }) =>
      [
        iccid,
        'operator-1',
        imsi,
        msisdn,
        'cpa-aes',
        'de309c55d22113ed',
        '2',
        KEY,
        KEY,
        ...besides.map((column) => given[column] ?? ''),
      ].join(','),
    );
    writeFileSync(file, `${[[BASE, ...besides].join(','), ...lines].join('\n')}\n`);
    return system.desk.importCards({ file, rejectFile, onProgress: () => undefined });
  }
  const reasons = (): string[] =>
    readFileSync(rejectFile, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(line.indexOf(',"', 3) + 2, -1));
  const counts = (found: Partial<ImportCounts>) => ({
    ...{ added: 0, updated: 0, unchanged: 0, codesChanged: 0, rejected: 0 },
    ...found,
  });

  test('takes the same file again without a change', async () => {
    expect(await importing(first, second)).toEqual({ read: 2, ...counts({ added: 2 }) });
    expect(await importing(first, second)).toEqual({ read: 2, ...counts({ unchanged: 2 }) });
    expect(await importing({ ...first, msisdn: '9997799' }, second)).toEqual({
      read: 2,
      ...counts({ updated: 1, unchanged: 1 }),
    });
  });

  test('rejects a number that another card of the registry has, and names that card', async () => {
    await importing(first);
    expect(await importing({ ...second, imsi: first.imsi }, { ...third, msisdn: first.msisdn })).toMatchObject(
      counts({ rejected: 2 }),
    );
    expect(reasons()).toEqual([
      `imsi: ${first.imsi} belongs to the card with ICCID ${first.iccid}`,
      `msisdn: ${first.msisdn} belongs to the card with ICCID ${first.iccid}`,
    ]);
    expect(await system.desk.findCard(second.iccid)).toBeUndefined();
  });

  test('rejects a number that a card has in an earlier row of the file', async () => {
    expect(await importing(first, { ...second, imsi: first.imsi })).toMatchObject(counts({ added: 1, rejected: 1 }));
    expect(reasons()).toEqual([`imsi: ${first.imsi} belongs to the card with ICCID ${first.iccid}`]);
  });

  test('takes a number that its card gives up in an earlier row', async () => {
    await importing(first);
    expect(await importing({ ...third, iccid: first.iccid }, { ...first, iccid: second.iccid })).toMatchObject(
      counts({ updated: 1, added: 1 }),
    );
  });

  test('rejects a card that is being changed, and names the change', async () => {
    await importing(first);
    const changeId = uuidv7();
    await sql`
      insert into changes (change_id, iccid, target, state, ended, sequence, detail, requested_by, request_id, requested_at, updated_at)
      values (${changeId}, ${first.iccid}, 'operator-2', 'sending', false, 3, 'as this test has it', 'user:test', ${changeId}, now(), now())`.execute(
      database,
    );
    const replaced = await importing({ ...first, imsi: third.imsi });
    await sql`delete from changes where change_id = ${changeId}`.execute(database);
    expect(replaced).toMatchObject(counts({ rejected: 1 }));
    expect(reasons()).toEqual([
      `iccid: the card is being changed by change ${changeId}; import it again when that has ended`,
    ]);
    expect(await system.desk.findCard(first.iccid)).toMatchObject({ imsi: first.imsi });
  });

  test('keeps where a card is that has been moved, and corrects the rest of a row that says where it is now', async () => {
    await importing(first);
    const changeId = uuidv7();
    await sql`update cards set imsi = ${third.imsi}, moved_by = ${changeId}::uuid where iccid = ${first.iccid}`.execute(
      database,
    );
    expect(await importing({ ...first, cntr: '77' })).toMatchObject(counts({ rejected: 1 }));
    expect(reasons()).toEqual([
      `iccid: the card has been moved by change ${changeId}; the registry keeps what that change wrote, and takes a row that corrects anything else only with the operator, imsi and msisdn that the card has now`,
    ]);
    expect(await system.desk.findCard(first.iccid)).toMatchObject({ imsi: third.imsi, cntr: 0 });
    expect(await importing({ ...first, imsi: third.imsi, cntr: '77' })).toMatchObject(counts({ updated: 1 }));
    expect(await system.desk.findCard(first.iccid)).toMatchObject({ imsi: third.imsi, cntr: 77, movedBy: changeId });
  });

  test('sets the last counter of a card, and never lowers it', async () => {
    const cntrOf = async () => (await system.desk.findCard(first.iccid))?.cntr;
    await importing({ ...first, cntr: '41' });
    expect(await cntrOf()).toBe(41);
    await importing({ ...first, cntr: '7' });
    expect(await cntrOf()).toBe(41);
    await importing(first);
    expect(await cntrOf()).toBe(41);
    await importing({ ...first, cntr: '42' });
    expect(await cntrOf()).toBe(42);
  });

  test('keeps where a card may go, lets it go everywhere again without a word of that, and refuses an operator that nobody registered', async () => {
    const targetsOf = async () => (await system.desk.findCard(first.iccid))?.targets;
    expect(await importing({ ...first, targets: 'operator-2 operator-1' })).toMatchObject(counts({ added: 1 }));
    expect(await targetsOf()).toEqual(['operator-1', 'operator-2']);
    expect(await importing({ ...first, targets: 'operator-1 operator-2' })).toMatchObject(counts({ unchanged: 1 }));
    expect(await importing({ ...first, targets: 'operator-2 operator-9' })).toMatchObject(counts({ rejected: 1 }));
    expect(reasons()).toEqual(['targets: operator-9 is not registered']);
    expect(await targetsOf()).toEqual(['operator-1', 'operator-2']);
    expect(await importing(first)).toMatchObject(counts({ updated: 1 }));
    expect(await targetsOf()).toBeNull();
  });

  test('leaves the day on which a card came as it is, unless it corrects the operator', async () => {
    const cameAt = async () => (await system.desk.findCard(first.iccid))?.cameAt.getTime() ?? 0;
    await importing(first);
    const came = await cameAt();
    await importing({ ...first, msisdn: '9997799' });
    expect(await cameAt()).toBe(came);
    await sql`update cards set operator = 'operator-2' where iccid = ${first.iccid}`.execute(database);
    expect(await cameAt()).toBeGreaterThan(came);
  });
});
