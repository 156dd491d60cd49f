import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { LiveAudit } from '../../activities/audit/audit-live.ts';
import { findReport, openReport } from '../../activities/audit/reports.ts';
import { auditPage, auditReportActivities } from '../../activities/audit/scheduled-audit.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

type Line = Readonly<Record<string, unknown>>;

describe('the report of a scheduled audit', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  const logged: { level: string; fields: Line }[] = [];
  const log = (level: string, _message: string, fields: Line): void => void logged.push({ level, fields });
  const report = auditReportActivities({ database, log, hours: 24 });
  const audits: string[] = [];
  const changes: RecordedChange[] = [];
  let iccids: readonly Iccid[] = [];

  beforeAll(async () => {
    iccids = await system.freshCards('operator-1', 2);
    for (const iccid of iccids) changes.push(await RecordedChange.begin(database, iccid));
  });
  afterEach(() => {
    logged.length = 0;
  });
  afterAll(async () => {
    await Promise.all(changes.map((change) => change.end()));
    for (const auditId of audits)
      await sql`delete from audit_reports where audit_id = ${auditId}::uuid`.execute(database);
    await system.close();
  });

  async function begun(): Promise<string> {
    const auditId = randomUUID();
    audits.push(auditId);
    await report.beginAudit({ auditId });
    return auditId;
  }

  const DOUBLE = { kind: 'doublyAssignedImsi', imsi: '001010000000001', detail: 'two cards have it' } as const;
  const pageOf = (page: Partial<LiveAudit>) =>
    auditPage({
      ...{ database, log },
      auditCards: (iccids) =>
        Promise.resolve({
          ...{ cards: iccids.length, changes: 0, subscribers: 0, findings: [], leftOut: [] },
          ...page,
        }),
    });
  const codes = () => logged.map(({ level, fields }) => [level, fields['code'], fields['alert']]);

  test('counts a page once that is done twice, and the second time says where the first one ended', async () => {
    const auditId = await begun();
    const page = pageOf({ findings: [DOUBLE], leftOut: [{ iccid: '1', reason: 'silent' }] });
    const first = await page({ auditId, after: null });
    expect(await page({ auditId, after: null })).toEqual(first);
    const kept = await findReport(database, auditId);
    expect(kept).toMatchObject({ found: 1, notJudged: 1, findings: [DOUBLE], endedAt: null });
    expect(codes()).toEqual([['error', 'AUDIT_FINDING', 'atOnce']]);
  });

  test('goes through the cards in the order of their numbers, and ends behind the last', async () => {
    const auditId = await begun();
    const seen: string[] = [];
    const page = auditPage({
      ...{ database, log },
      auditCards: (some) => {
        seen.push(...some);
        return Promise.resolve({ cards: 0, changes: 0, subscribers: 0, findings: [], leftOut: [] });
      },
    });
    let after: string | null = null;
    do after = (await page({ auditId, after })).last;
    while (after !== null);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toEqual(expect.arrayContaining([...iccids]));
  });

  test('has a finding once that two pages make of the IMSI that their cards share', async () => {
    const auditId = await begun();
    const page = pageOf({ findings: [DOUBLE] });
    const { last } = await page({ auditId, after: null });
    await sql`update audit_reports set after = '8' where audit_id = ${auditId}::uuid`.execute(database);
    expect((await page({ auditId, after: '8' })).last).toBe(last);
    expect(await findReport(database, auditId)).toMatchObject({ found: 1, findings: [DOUBLE] });
  });

  test('keeps a thousand findings or little more, and counts the others', async () => {
    const auditId = await begun();
    const findings = Array.from({ length: 1_500 }, (_, index) => ({ ...DOUBLE, imsi: String(index) }));
    await pageOf({ findings })({ auditId, after: null });
    await sql`update audit_reports set after = '8' where audit_id = ${auditId}::uuid`.execute(database);
    await pageOf({ findings: findings.map((one) => ({ ...one, iccid: '1' })) })({ auditId, after: '8' });
    const kept = await findReport(database, auditId);
    expect([kept?.found, kept?.findings.length]).toEqual([3_000, 1_500]);
  });

  test('calls somebody once for each kind of finding, with the number, however many pages have one', async () => {
    const auditId = await begun();
    const many = Array.from({ length: 1_200 }, (_, index) => ({ ...DOUBLE, imsi: String(index) }));
    await pageOf({ findings: many })({ auditId, after: null });
    const lost = { kind: 'workflowLost', iccid: '9', detail: 'no workflow' } as const;
    for (const round of ['1', '2']) {
      await sql`update audit_reports set after = ${round} where audit_id = ${auditId}::uuid`.execute(database);
      const findings = [
        { ...DOUBLE, imsi: `r${round}` },
        { ...lost, changeId: randomUUID() },
      ];
      await pageOf({ findings })({ auditId, after: round });
    }
    const calls = logged.filter(({ fields }) => fields['code'] === 'AUDIT_FINDING');
    expect(calls.map(({ fields }) => [fields['finding'], fields['number']])).toEqual([
      ['doublyAssignedImsi', 1_200],
      ['workflowLost', 1],
    ]);
    expect(await findReport(database, auditId)).toMatchObject({ found: 1_204 });
  });

  test('says why its audit gave up, to whoever has office hours', async () => {
    const auditId = await begun();
    await report.endAudit({ auditId, gaveUp: 'nobody serves its queue' });
    await report.endAudit({ auditId });
    expect(await findReport(database, auditId)).toMatchObject({ gaveUp: 'nobody serves its queue' });
    expect(codes()).toContainEqual(['error', 'AUDIT_GAVE_UP', 'ticket']);
  });

  test('of an audit whose workflow was terminated is closed by the next audit, and nothing is added to it', async () => {
    const lost = await begun();
    const next = await begun();
    expect(await findReport(database, lost)).toMatchObject({ gaveUp: 'its workflow was terminated or lost' });
    await expect(pageOf({})({ auditId: lost, after: null })).rejects.toThrow('was closed');
    expect(await openReport(database, next)).toMatchObject({ after: null });
  });

  test('is forgotten, with what it found, when a hundred newer ones are there', async () => {
    const auditId = await begun();
    await pageOf({ findings: [DOUBLE] })({ auditId, after: null });
    await sql`update audit_reports set began_at = now() - interval '1 year' where audit_id = ${auditId}::uuid`.execute(
      database,
    );
    for (let count = 0; count < 100; count += 1) await begun();
    expect(await findReport(database, auditId)).toBeUndefined();
    const { rows } = await sql`select from audit_findings where audit_id = ${auditId}::uuid`.execute(database);
    expect(rows).toEqual([]);
  });
});
