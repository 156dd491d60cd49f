/** The timeline with its read model and its outbox; functions say how one follows from the other. */
export const TIMELINE = `
create table timeline (
  change_id uuid not null,
  sequence integer not null,
  state text not null,
  cause text not null,
  actor text not null,
  data jsonb not null,
  at timestamptz not null default clock_timestamp(),
  primary key (change_id, sequence)
);
create function timeline_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the timeline is append-only';
end $$;
create trigger timeline_is_append_only before update or delete or truncate on timeline
  for each statement execute function timeline_is_append_only();

create table changes (
  change_id uuid primary key,
  iccid text not null,
  target text not null,
  source text,
  source_imsi text,
  target_imsi text,
  state text not null,
  ended boolean not null,
  sequence integer not null,
  code text,
  -- Why the change came to its state; beside that, what was done in it last, and by whom.
  detail text not null,
  requested_by text not null,
  request_id text not null,
  reason text,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  last_action text,
  last_action_by text
);
create index changes_by_card on changes (iccid, requested_at desc);
create index changes_by_state on changes (state, updated_at desc);
create index changes_open_by_source_imsi on changes (source_imsi) where not ended;
-- A reconciliation goes through the cards with an open change or news in the order of their numbers, a page at a time.
create index changes_to_reconcile on changes (iccid) include (updated_at, ended);

create table outbox (
  id bigint generated always as identity primary key,
  change_id uuid not null,
  sequence integer not null,
  published_at timestamptz,
  partition integer,
  "offset" bigint,
  unique (change_id, sequence)
);
create index outbox_waiting on outbox (id) where published_at is null;

-- The read model is this function, folded over the timeline: record_state calls it once, rebuild_changes for all rows.
create function project(entry timeline) returns void language plpgsql as $$
declare
  stays boolean;
begin
  if entry.sequence = 1 then
    insert into changes values (
      entry.change_id, entry.data->>'iccid', entry.data->>'target', entry.data->>'source', entry.data->>'sourceImsi', null,
      entry.state, coalesce((entry.data->>'ended')::boolean, false), entry.sequence, entry.data->>'code', entry.cause,
      entry.data->>'requestedBy', entry.data->>'requestId', entry.data->>'reason', entry.at, entry.at);
  else
    select state = entry.state and code is not distinct from entry.data->>'code' into stays
    from changes where change_id = entry.change_id;
    update changes set
      state = entry.state, ended = coalesce((entry.data->>'ended')::boolean, false), sequence = entry.sequence,
      code = entry.data->>'code',
      detail = case when stays then detail else entry.cause end,
      last_action = case when stays then entry.cause end,
      last_action_by = case when stays then entry.actor end,
      target_imsi = coalesce(entry.data->>'targetImsi', target_imsi), updated_at = entry.at
    where change_id = entry.change_id and sequence < entry.sequence;
  end if;
end $$;

-- Appends one state with its projection and its event. A number that is there already, or was overtaken, changes nothing: two
-- attempts that record at the same moment wait for one another at the row of their change. A change that has its end is not ended
-- again, nor opened by a workflow that has not heard of it: only reopened may follow.
create function record_state(
  p_change_id uuid, p_sequence integer, p_state text, p_cause text, p_actor text, p_data jsonb
) returns boolean language plpgsql as $$
declare
  entry timeline;
begin
  perform from changes where change_id = p_change_id for update;
  insert into timeline (change_id, sequence, state, cause, actor, data)
  select p_change_id, p_sequence, p_state, p_cause, p_actor, p_data
  where not exists (select from timeline where change_id = p_change_id and sequence >= p_sequence)
    and (p_state = 'reopened' or not exists (select from changes where change_id = p_change_id and ended))
  on conflict do nothing
  returning * into entry;
  if not found then
    return false;
  end if;
  perform project(entry);
  insert into outbox (change_id, sequence) values (p_change_id, p_sequence);
  return true;
end $$;

create function rebuild_changes() returns bigint language plpgsql as $$
declare
  entry timeline;
  rebuilt bigint;
begin
  -- In the order in which record_state locks, so that the two never wait for each other in a ring.
  lock table changes in exclusive mode;
  lock table timeline in share mode;
  delete from changes;
  for entry in select * from timeline order by change_id, sequence loop
    perform project(entry);
  end loop;
  select count(*) into rebuilt from changes;
  return rebuilt;
end $$;
`;
