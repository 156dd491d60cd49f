import { sql, type Migration } from 'kysely';

const REGISTRY = `
create table smscs (
  id text primary key,
  url text not null
);
create table operators (
  id text primary key,
  name text not null,
  plmn text not null,
  provisioning_url text not null,
  smsc text not null references smscs
);
create table agreements (
  source text not null references operators,
  target text not null references operators,
  consent text not null check (consent in ('none', 'ask')),
  primary key (source, target)
);
create table data_keys (
  id integer primary key,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);
create table cards (
  iccid text primary key,
  position bigint generated always as identity,
  operator text not null references operators,
  imsi text not null,
  msisdn text not null,
  profile text not null,
  kvn smallint not null,
  sealed_adm1 bytea not null,
  sealed_kic bytea not null,
  sealed_kid bytea not null,
  cntr bigint not null default 0,
  imported_as text not null,
  moved_by uuid,
  imported_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index cards_by_msisdn on cards (msisdn);
create index cards_by_operator on cards (operator, position);
`;

const CHANGES = `
create table change_requests (
  request_id text primary key,
  change_id uuid not null unique,
  iccid text not null,
  target text not null,
  requested_at timestamptz not null default now()
);
create table reservations (
  change_id uuid primary key,
  operator text not null references operators,
  iccid text not null,
  imsi text,
  msisdn text,
  sealed_k bytea,
  sealed_opc bytea,
  state text not null check (state in ('reserved', 'active', 'returned', 'quarantined', 'neverReserved')),
  updated_at timestamptz not null default now()
);
create unique index reservations_by_imsi on reservations (imsi) where state in ('reserved', 'active');
create index reservations_by_msisdn on reservations (msisdn);
create table packets (
  change_id uuid primary key,
  iccid text not null,
  msisdn text,
  cntr bigint,
  sealed_segments bytea,
  state text not null check (state in ('prepared', 'sent', 'stopped')),
  message_ids text[] not null default '{}',
  receipt text,
  prepared_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (iccid, cntr)
);
create index packets_by_msisdn on packets (msisdn, prepared_at desc);
create table parked_events (
  id bigint generated always as identity primary key,
  topic text not null,
  event_id text not null,
  event jsonb not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  unique (topic, event_id)
);
`;

const TIMELINE = `
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
  detail text not null,
  requested_by text not null,
  request_id text not null,
  reason text,
  requested_at timestamptz not null,
  updated_at timestamptz not null
);
create index changes_by_card on changes (iccid, requested_at desc);
create index changes_by_state on changes (state, updated_at desc);

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
begin
  if entry.sequence = 1 then
    insert into changes values (
      entry.change_id, entry.data->>'iccid', entry.data->>'target', entry.data->>'source', entry.data->>'sourceImsi', null,
      entry.state, coalesce((entry.data->>'ended')::boolean, false), entry.sequence, entry.data->>'code', entry.cause,
      entry.data->>'requestedBy', entry.data->>'requestId', entry.data->>'reason', entry.at, entry.at);
  else
    update changes set
      state = entry.state, ended = coalesce((entry.data->>'ended')::boolean, false), sequence = entry.sequence,
      code = entry.data->>'code', detail = entry.cause,
      target_imsi = coalesce(entry.data->>'targetImsi', target_imsi), updated_at = entry.at
    where change_id = entry.change_id;
  end if;
end $$;

-- Appends one state with its projection and its event. A number that is there already, or was overtaken, changes nothing.
create function record_state(
  p_change_id uuid, p_sequence integer, p_state text, p_cause text, p_actor text, p_data jsonb
) returns boolean language plpgsql as $$
declare
  entry timeline;
begin
  insert into timeline (change_id, sequence, state, cause, actor, data)
  select p_change_id, p_sequence, p_state, p_cause, p_actor, p_data
  where not exists (select from timeline where change_id = p_change_id and sequence >= p_sequence)
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
  lock table timeline in share mode;
  delete from changes;
  for entry in select * from timeline order by change_id, sequence loop
    perform project(entry);
  end loop;
  select count(*) into rebuilt from changes;
  return rebuilt;
end $$;
`;

/** Card registry, operators, reservations, packets; the timeline with its read model and outbox. */
export const core: Migration = {
  async up(database) {
    for (const part of [REGISTRY, CHANGES, TIMELINE]) await sql.raw(part).execute(database);
  },
};
