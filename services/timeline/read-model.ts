import { sql } from 'kysely';
import type { ChangeState } from '../../workflows/shared/states.ts';
import type { ChangeView, TimelineEntry } from '../../application/views.ts';
import type { Database } from '../../adapters/database/database.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const COLUMNS = sql`
  change_id as "changeId", iccid, source, target, source_imsi as "sourceImsi", target_imsi as "targetImsi", state, ended,
  sequence, code, detail, last_action as "lastAction", last_action_by as "lastActionBy",
  (select data->>'rule' from timeline where timeline.change_id = changes.change_id and timeline.sequence = changes.sequence) as rule,
  (
    select jsonb_build_object('status', key_refusal, 'verified', por_status is not distinct from key_refusal,
      'at', to_char(key_refused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from packets refused
    where refused.change_id = changes.change_id and key_refusal is not null and (por_status is null or por_status = key_refusal)
      and not exists (select from cards where cards.iccid = refused.iccid and cards.moved_by = refused.change_id)
    order by key_refused_at desc limit 1
  ) as "keyRefusal",
  requested_by as "requestedBy", request_id as "requestId", reason,
  requested_at as "requestedAt", updated_at as "updatedAt"`;

/** The change with this id, or the open change of the card with this ICCID, or else its newest. */
export async function findChange(database: Database, changeOrIccid: string): Promise<ChangeView | undefined> {
  const found = UUID.test(changeOrIccid)
    ? sql<ChangeView>`select ${COLUMNS} from changes where change_id = ${changeOrIccid}::uuid`
    : sql<ChangeView>`select ${COLUMNS} from changes where iccid = ${changeOrIccid} order by ended, requested_at desc limit 1`;
  return (await found.execute(database)).rows[0];
}

/** Newest first, optionally of one state only. */
export async function listChanges(
  database: Database,
  filter: { readonly state?: ChangeState; readonly open?: boolean; readonly limit: number },
): Promise<ChangeView[]> {
  const { rows } = await sql<ChangeView>`
    select ${COLUMNS} from changes
    where (${filter.state ?? null}::text is null or state = ${filter.state ?? null})
      and (${filter.open ?? null}::boolean is null or ended = not ${filter.open ?? null})
    order by requested_at desc limit ${filter.limit}`.execute(database);
  return rows;
}

/** Every state of a change, oldest first, and whether its event has been published. */
export async function readTimeline(database: Database, changeId: string): Promise<TimelineEntry[]> {
  const { rows } = await sql<TimelineEntry>`
    select sequence, state, cause, actor, data->>'code' as code, data->>'rule' as rule, at, published_at as "publishedAt", partition, "offset"
    from timeline join outbox using (change_id, sequence)
    where change_id = ${changeId}::uuid order by sequence`.execute(database);
  return rows;
}

/** Computes the read model anew from the timeline, in one transaction; returns the number of changes. */
export async function rebuildReadModel(database: Database): Promise<number> {
  const { rows } = await sql<{ rebuilt: number }>`select rebuild_changes() as rebuilt`.execute(database);
  return rows[0]?.rebuilt ?? 0;
}
