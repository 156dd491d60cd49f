import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { LiveReconciliation } from '../../services/reconciliation/reconcile-live.ts';
import { findReport, openReport } from '../../services/reconciliation/reports.ts';
import {
  reconcilePage,
  reconciliationReportActivities,
} from '../../activities/reconciliation/scheduled-reconciliation.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

type Line = Readonly<Record<string, unknown>>;

describe('the report of a scheduled reconciliation', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  const logged: { level: string; fields: Line }[] = [];
  const log = (level: string, _message: string, fields: Line): void => void logged.push({ level, fields });
  const report = reconciliationReportActivities({ database, log, hours: 24 });
  const reconciliations: string[] = [];
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
    for (const reconciliationId of reconciliations)
      await sql`delete from reconciliation_reports where reconciliation_id = ${reconciliationId}::uuid`.execute(
        database,
      );
    await system.close();
  });

  async function begun(): Promise<string> {
    const reconciliationId = randomUUID();
    reconciliations.push(reconciliationId);
    await report.beginReconciliation({ reconciliationId });
    return reconciliationId;
  }

  const DOUBLE = { kind: 'doublyAssignedImsi', imsi: '001010000000001', detail: 'two cards have it' } as const;
  const pageOf = (page: Partial<LiveReconciliation>) =>
    reconcilePage({
      ...{ database, log },
      reconcileCards: (iccids) =>
        Promise.resolve({
          ...{ cards: iccids.length, changes: 0, subscribers: 0, findings: [], leftOut: [] },
          ...page,
        }),
    });
  const codes = () => logged.map(({ level, fields }) => [level, fields['code'], fields['alert']]);

  test('counts a page once that is done twice, and the second time says where the first one ended', async () => {
    const reconciliationId = await begun();
    const page = pageOf({ findings: [DOUBLE], leftOut: [{ iccid: '1', reason: 'silent' }] });
    const first = await page({ reconciliationId, after: null });
    expect(await page({ reconciliationId, after: null })).toEqual(first);
    const kept = await findReport(database, reconciliationId);
    expect(kept).toMatchObject({ found: 1, notJudged: 1, findings: [DOUBLE], endedAt: null });
    expect(codes()).toEqual([['error', 'RECONCILIATION_FINDING', 'atOnce']]);
  });

  test('goes through the cards in the order of their numbers, and ends behind the last', async () => {
    const reconciliationId = await begun();
    const seen: string[] = [];
    const page = reconcilePage({
      ...{ database, log },
      reconcileCards: (some) => {
        seen.push(...some);
        return Promise.resolve({ cards: 0, changes: 0, subscribers: 0, findings: [], leftOut: [] });
      },
    });
    let after: string | null = null;
    do after = (await page({ reconciliationId, after })).last;
    while (after !== null);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toEqual(expect.arrayContaining([...iccids]));
  });

  test('has a finding once that two pages make of the IMSI that their cards share', async () => {
    const reconciliationId = await begun();
    const page = pageOf({ findings: [DOUBLE] });
    const { last } = await page({ reconciliationId, after: null });
    await sql`update reconciliation_reports set after = '8' where reconciliation_id = ${reconciliationId}::uuid`.execute(
      database,
    );
    expect((await page({ reconciliationId, after: '8' })).last).toBe(last);
    expect(await findReport(database, reconciliationId)).toMatchObject({ found: 1, findings: [DOUBLE] });
  });

  test('keeps a thousand findings or little more, and counts the others', async () => {
    const reconciliationId = await begun();
    const findings = Array.from({ length: 1_500 }, (_, index) => ({ ...DOUBLE, imsi: String(index) }));
    await pageOf({ findings })({ reconciliationId, after: null });
    await sql`update reconciliation_reports set after = '8' where reconciliation_id = ${reconciliationId}::uuid`.execute(
      database,
    );
    await pageOf({ findings: findings.map((one) => ({ ...one, iccid: '1' })) })({ reconciliationId, after: '8' });
    const kept = await findReport(database, reconciliationId);
    expect([kept?.found, kept?.findings.length]).toEqual([3_000, 1_500]);
  });

  test('calls somebody once for each kind of finding, with the number, however many pages have one', async () => {
    const reconciliationId = await begun();
    const many = Array.from({ length: 1_200 }, (_, index) => ({ ...DOUBLE, imsi: String(index) }));
    await pageOf({ findings: many })({ reconciliationId, after: null });
    const lost = { kind: 'workflowLost', iccid: '9', detail: 'no workflow' } as const;
    for (const round of ['1', '2']) {
      await sql`update reconciliation_reports set after = ${round} where reconciliation_id = ${reconciliationId}::uuid`.execute(
        database,
      );
      const findings = [
        { ...DOUBLE, imsi: `r${round}` },
        { ...lost, changeId: randomUUID() },
      ];
      await pageOf({ findings })({ reconciliationId, after: round });
    }
    const calls = logged.filter(({ fields }) => fields['code'] === 'RECONCILIATION_FINDING');
    expect(calls.map(({ fields }) => [fields['finding'], fields['number']])).toEqual([
      ['doublyAssignedImsi', 1_200],
      ['workflowLost', 1],
    ]);
    expect(await findReport(database, reconciliationId)).toMatchObject({ found: 1_204 });
  });

  test('says why its reconciliation gave up, to whoever has office hours', async () => {
    const reconciliationId = await begun();
    await report.endReconciliation({ reconciliationId, gaveUp: 'nobody serves its queue' });
    await report.endReconciliation({ reconciliationId });
    expect(await findReport(database, reconciliationId)).toMatchObject({ gaveUp: 'nobody serves its queue' });
    expect(codes()).toContainEqual(['error', 'RECONCILIATION_GAVE_UP', 'ticket']);
  });

  test('of a reconciliation whose workflow was terminated is closed by the next reconciliation, and nothing is added to it', async () => {
    const lost = await begun();
    const next = await begun();
    expect(await findReport(database, lost)).toMatchObject({ gaveUp: 'its workflow was terminated or lost' });
    await expect(pageOf({})({ reconciliationId: lost, after: null })).rejects.toThrow('was closed');
    expect(await openReport(database, next)).toMatchObject({ after: null });
  });

  test('is forgotten, with what it found, when a hundred newer ones are there', async () => {
    const reconciliationId = await begun();
    await pageOf({ findings: [DOUBLE] })({ reconciliationId, after: null });
    await sql`update reconciliation_reports set began_at = now() - interval '1 year' where reconciliation_id = ${reconciliationId}::uuid`.execute(
      database,
    );
    for (let count = 0; count < 100; count += 1) await begun();
    expect(await findReport(database, reconciliationId)).toBeUndefined();
    const { rows } =
      await sql`select from reconciliation_findings where reconciliation_id = ${reconciliationId}::uuid`.execute(
        database,
      );
    expect(rows).toEqual([]);
  });
});
