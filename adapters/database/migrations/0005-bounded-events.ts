import { sql, type Migration } from 'kysely';

const PARKED_EVENTS = `
-- One row for everything of one kind about one card, however often it comes: who can write to a topic can't fill the disk.
alter table parked_events add column type text;
alter table parked_events add column subject text;
alter table parked_events add column times bigint not null default 1;
alter table parked_events add column last_seen_at timestamptz;
update parked_events set type = coalesce(event->>'type', ''), last_seen_at = parked_at,
  subject = coalesce(event->'data'->>'imsi', event->'data'->>'iccid', '');
create temporary table parked_together on commit drop as
  select max(id) as id, count(*) as times, min(parked_at) as parked_at
  from parked_events group by topic, type, subject, reason;
update parked_events parked set times = together.times, parked_at = together.parked_at
  from parked_together together where parked.id = together.id;
delete from parked_events where id not in (select id from parked_together);
alter table parked_events alter column type set not null;
alter table parked_events alter column subject set not null;
alter table parked_events alter column last_seen_at set default now();
alter table parked_events alter column last_seen_at set not null;
alter table parked_events drop constraint parked_events_topic_event_id_key;
-- A reason may be longer than an index takes.
create unique index parked_events_by_kind on parked_events (topic, type, subject, md5(reason));
create index parked_events_by_time on parked_events (last_seen_at desc);
`;

const WAKE_UPS = `
-- How often location updates have woken the change, when one may again, and the one that waits for that moment with its topic.
alter table reservations add column wake_ups integer not null default 0;
alter table reservations add column next_wake_up timestamptz not null default '-infinity';
alter table reservations add column waiting_event jsonb;
create index reservations_waiting on reservations (next_wake_up) where waiting_event is not null;
create index reservations_of_imsi on reservations (imsi);
-- Stamps of the proofs of receipt that the change has been told of.
alter table packets add column told text[] not null default '{}';
`;

const RELEASE = `
-- When this change first asked the source operator to delete the old subscriber, which it had found there.
alter table reservations add column release_asked_at timestamptz;
`;

/** What keeps a flood of events from filling a workflow or the disk, and what proves that a release found its subscriber. */
export const boundedEvents: Migration = {
  async up(database) {
    for (const part of [PARKED_EVENTS, WAKE_UPS, RELEASE]) await sql.raw(part).execute(database);
  },
};
