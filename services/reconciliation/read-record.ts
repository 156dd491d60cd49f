import { sql } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';
import type { ReconciliationFacts, ChangeFact, RegisteredCardFact, StateFact } from './facts.ts';

/** What Rehome itself has recorded. */
export type ReconciliationRecord = Pick<ReconciliationFacts, 'cards' | 'changes' | 'timeline'>;

/** Registry, read model and timeline of these cards, and of those that have an IMSI of theirs by now; without a list, of all. */
export async function readRecord(database: Database, iccids?: readonly string[]): Promise<ReconciliationRecord> {
  const scope = iccids && (await withSharers(database, iccids));
  const inScope = (column: string) =>
    sql<boolean>`(${scope ?? null}::text[] is null or ${sql.ref(column)} = any(${scope ?? []}))`;
  const { rows: cards } = await sql<RegisteredCardFact>`
    select iccid, operator, imsi from cards where ${inScope('iccid')}`.execute(database);
  const { rows: changes } = await sql<Omit<ChangeFact, 'requestedAt'> & { requestedAt: Date }>`
    select change_id as "changeId", iccid, source, target, source_imsi as "sourceImsi", target_imsi as "targetImsi",
      state, ended, sequence, code, requested_at as "requestedAt"
    from changes where ${inScope('iccid')}`.execute(database);
  const { rows: timeline } = await sql<Omit<StateFact, 'at' | 'order'> & { at: Date; order: string }>`
    select change_id as "changeId", timeline.sequence, timeline.state, cause, actor, at, outbox.id as order
    from timeline join outbox using (change_id, sequence) join changes using (change_id)
    where ${inScope('changes.iccid')}`.execute(database);
  return {
    cards,
    changes: changes.map((change) => ({ ...change, requestedAt: change.requestedAt.toISOString() })),
    timeline: timeline.map((entry) => ({ ...entry, at: entry.at.toISOString(), order: Number(entry.order) })),
  };
}

/** An operator gives an IMSI again: whose it is now decides whether it may be alive. */
async function withSharers(database: Database, iccids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ iccid: string }>`
    with imsis as (
      select imsi from cards where iccid = any(${iccids})
      union select source_imsi from changes where iccid = any(${iccids})
      union select target_imsi from changes where iccid = any(${iccids})
    )
    select iccid from cards where imsi in (select imsi from imsis where imsi is not null)
    union select iccid from changes
      where not ended and (source_imsi in (select imsi from imsis) or target_imsi in (select imsi from imsis))`.execute(
    database,
  );
  return [...new Set([...iccids, ...rows.map(({ iccid }) => iccid)])];
}

/** Cards that a regular reconciliation looks at: those with an open change, and those of which something was recorded lately. */
export async function cardsToReconcile(
  database: Database,
  { hours, limit }: { readonly hours: number; readonly limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ iccid: string }>`
    select iccid from changes where not ended or updated_at > now() - make_interval(secs => ${hours * 3_600})
    group by iccid order by max(updated_at) desc limit ${limit}`.execute(database);
  return rows.map(({ iccid }) => iccid);
}

/** The next of the same cards, in the order of their numbers: a page of a reconciliation that looks at all of them. */
export async function nextCardsToReconcile(
  database: Database,
  { since, after, limit }: { readonly since: Date; readonly after: string | null; readonly limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ iccid: string }>`
    select distinct iccid from changes
    where (not ended or updated_at > ${since}) and iccid > coalesce(${after}, '')
    order by iccid limit ${limit}`.execute(database);
  return rows.map(({ iccid }) => iccid);
}
