import { sql } from 'kysely';
import type {
  ReconciliationProgress,
  ReconciliationSummary,
  KeptReconciliation,
} from '../../workflows/reconciliation/ports.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { LiveReconciliation } from './reconcile-live.ts';

/** So many reports are kept: of one reconciliation a day, a quarter of a year. */
const KEPT_REPORTS = 100;
/** So many findings, and so many cards that were left out, are kept of each; beyond that they are counted. */
const KEPT_DETAILS = 1_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const COLUMNS = sql`
  reconciliation_id as "reconciliationId", began_at as "beganAt", ended_at as "endedAt", gave_up as "gaveUp", since,
  cards, changes, subscribers, found, not_judged as "notJudged"`;

/** PostgreSQL tells counts as text. */
const COUNTS = ['cards', 'changes', 'subscribers', 'found', 'notJudged'] as const;
type Row = Omit<ReconciliationSummary, (typeof COUNTS)[number]> & Record<(typeof COUNTS)[number], string>;

/**
 * Begins the report of a reconciliation of cards with news of the last hours; repeated, the same one. There is one reconciliation at a time: one that has
 * not ended was terminated, or lost with its server, and is closed. Resolves to the ids of these.
 */
export async function beginReport(
  database: Database,
  { reconciliationId, hours }: { readonly reconciliationId: string; readonly hours: number },
): Promise<string[]> {
  await sql`
    insert into reconciliation_reports (reconciliation_id, since)
    values (${reconciliationId}::uuid, now() - make_interval(secs => ${hours * 3_600})) on conflict do nothing`.execute(
    database,
  );
  const { rows } = await sql<{ lost: string }>`
    update reconciliation_reports set ended_at = now(), gave_up = 'its workflow was terminated or lost'
    where ended_at is null and reconciliation_id <> ${reconciliationId}::uuid returning reconciliation_id as lost`.execute(
    database,
  );
  await sql`
    delete from reconciliation_reports where reconciliation_id in (
      select reconciliation_id from reconciliation_reports order by began_at desc offset ${KEPT_REPORTS}
    )`.execute(database);
  return rows.map(({ lost }) => lost);
}

/** How far a reconciliation has come, and what it looks at; undefined when its report is not kept any more, or has ended. */
export async function openReport(
  database: Database,
  reconciliationId: string,
): Promise<{ readonly since: Date; readonly after: string | null } | undefined> {
  const { rows } = await sql<{ since: Date; after: string | null }>`
    select since, after from reconciliation_reports where reconciliation_id = ${reconciliationId}::uuid and ended_at is null`.execute(
    database,
  );
  return rows[0];
}

/** The kinds of which the report has a finding. */
export async function kindsFound(database: Database, reconciliationId: string): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`
    select distinct kind from reconciliation_findings where reconciliation_id = ${reconciliationId}::uuid`.execute(
    database,
  );
  return rows.map(({ kind }) => kind);
}

/** Writes one page into the report, unless it was written before. A finding that an earlier page has made is not made again. */
export async function addPage(
  database: Database,
  { reconciliationId, after, last }: ReconciliationProgress & { readonly last: string },
  page: LiveReconciliation,
): Promise<void> {
  await sql`
    with fresh as (
      select * from jsonb_to_recordset(${JSON.stringify(page.findings)}::jsonb)
        as finding (kind text, iccid text, "changeId" text, imsi text, detail text)
      where not exists (
        select from reconciliation_findings known
        where reconciliation_id = ${reconciliationId}::uuid and known.kind = finding.kind and known.iccid is not distinct from finding.iccid
          and known.imsi is not distinct from finding.imsi and known.change_id is not distinct from finding."changeId"
      )
    ), report as (
      update reconciliation_reports set after = ${last}, cards = cards + ${page.cards}, changes = changes + ${page.changes},
        subscribers = subscribers + ${page.subscribers}, found = found + (select count(*) from fresh),
        not_judged = not_judged + ${page.leftOut.length}
      where reconciliation_id = ${reconciliationId}::uuid and after is not distinct from ${after} and ended_at is null
      returning reconciliation_id, found - (select count(*) from fresh) as found, not_judged - ${page.leftOut.length} as not_judged
    ), findings as (
      insert into reconciliation_findings (reconciliation_id, kind, iccid, change_id, imsi, detail)
      select reconciliation_id, kind, iccid, "changeId", imsi, detail from report, fresh
      where found < ${KEPT_DETAILS} or kind not in (select kind from reconciliation_findings where reconciliation_id = ${reconciliationId}::uuid)
    )
    insert into reconciliation_left_out (reconciliation_id, iccid, reason)
    select reconciliation_id, iccid, reason
    from report, jsonb_to_recordset(${JSON.stringify(page.leftOut)}::jsonb) as card (iccid text, reason text)
    where not_judged < ${KEPT_DETAILS}`.execute(database);
}

/** Ends the report, once; resolves to it. */
export async function endReport(
  database: Database,
  { reconciliationId, gaveUp }: { readonly reconciliationId: string; readonly gaveUp?: string },
): Promise<ReconciliationSummary | undefined> {
  await sql`
    update reconciliation_reports set ended_at = now(), gave_up = ${gaveUp ?? null}
    where reconciliation_id = ${reconciliationId}::uuid and ended_at is null`.execute(database);
  const { rows } = await sql<Row>`
    select ${COLUMNS} from reconciliation_reports where reconciliation_id = ${reconciliationId}::uuid`.execute(
    database,
  );
  return rows.map(summaryOf)[0];
}

/** Newest first. */
export async function listReports(database: Database, limit: number): Promise<ReconciliationSummary[]> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from reconciliation_reports order by began_at desc limit ${limit}`.execute(database);
  return rows.map(summaryOf);
}

/** The report with this id, or without one the newest that has ended. */
export async function findReport(
  database: Database,
  reconciliationId?: string,
): Promise<KeptReconciliation | undefined> {
  if (reconciliationId !== undefined && !UUID.test(reconciliationId)) return undefined;
  const { rows } = await sql<Row>`
    select ${COLUMNS} from reconciliation_reports
    where (${reconciliationId ?? null}::uuid is null and ended_at is not null) or reconciliation_id = ${reconciliationId ?? null}::uuid
    order by began_at desc limit 1`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { rows: details } = await sql<Pick<KeptReconciliation, 'findings' | 'leftOut'>>`
    select
      coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'kind', kind, 'iccid', iccid, 'changeId', change_id, 'imsi', imsi, 'detail', detail)) order by id)
        from reconciliation_findings where reconciliation_id = ${row.reconciliationId}::uuid), '[]') as findings,
      coalesce((select jsonb_agg(jsonb_build_object('iccid', iccid, 'reason', reason) order by id)
        from reconciliation_left_out where reconciliation_id = ${row.reconciliationId}::uuid), '[]') as "leftOut"`.execute(
    database,
  );
  return { ...summaryOf(row), findings: details[0]?.findings ?? [], leftOut: details[0]?.leftOut ?? [] };
}

const summaryOf = (row: Row): ReconciliationSummary => ({
  ...row,
  ...(Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])) as Record<(typeof COUNTS)[number], number>),
});
