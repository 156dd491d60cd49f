/** What a change asks for and holds at the operators, and the events about it that nobody could take. */
export const CHANGES = `
create table change_requests (
  request_id text primary key,
  change_id uuid not null unique,
  iccid text not null,
  target text not null,
  requested_at timestamptz not null default now(),
  -- Why a request of a card was refused for good: a card can't take back what it has signed, so it must not count later.
  refused text
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
  updated_at timestamptz not null default now(),
  -- How often location updates have woken the change, when one may again, and the one that waits for that moment with its topic.
  wake_ups integer not null default 0,
  next_wake_up timestamptz not null default '-infinity',
  waiting_event jsonb,
  -- When this change first asked the source operator to delete the old subscriber, which it had found there.
  release_asked_at timestamptz
);
create unique index reservations_by_imsi on reservations (imsi) where state in ('reserved', 'active');
create index reservations_by_msisdn on reservations (msisdn);
create index reservations_of_imsi on reservations (imsi);
create index reservations_waiting on reservations (next_wake_up) where waiting_event is not null;

-- What the source operator was asked to let go of, when, and what it answered; requests with one answer in a row are one row. And
-- what its HLR said before of the old subscription.
create table release_requests (
  id bigint generated always as identity primary key,
  change_id uuid not null,
  asked_at timestamptz not null,
  last_asked_at timestamptz not null,
  times bigint not null default 1,
  -- Null: it has let go.
  code text,
  answer text not null,
  registered_at timestamptz,
  imei text
);
create index release_requests_by_change on release_requests (change_id, id);

-- One row for everything of one kind about one card, however often it comes: who can write to a topic can't fill the disk.
create table parked_events (
  id bigint generated always as identity primary key,
  topic text not null,
  event_id text not null,
  event jsonb not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  type text not null,
  subject text not null,
  times bigint not null default 1,
  last_seen_at timestamptz not null default now()
);
-- A reason may be longer than an index takes.
create unique index parked_events_by_kind on parked_events (topic, type, subject, md5(reason));
create index parked_events_by_time on parked_events (last_seen_at desc);
`;
