/** The reports of the scheduled reconciliation, and what cards are read to hold. */
export const RECONCILIATION = `
-- What each scheduled reconciliation looked at and found.
create table reconciliation_reports (
  reconciliation_id uuid primary key,
  began_at timestamptz not null default now(),
  since timestamptz not null,
  ended_at timestamptz,
  -- Why it ended before every card was looked at.
  gave_up text,
  -- The ICCID that it has come to.
  after text,
  cards bigint not null default 0,
  changes bigint not null default 0,
  subscribers bigint not null default 0,
  found bigint not null default 0,
  not_judged bigint not null default 0
);
create index reconciliation_reports_newest on reconciliation_reports (began_at desc);

create table reconciliation_findings (
  id bigint generated always as identity primary key,
  reconciliation_id uuid not null references reconciliation_reports on delete cascade,
  kind text not null,
  iccid text,
  change_id text,
  imsi text,
  detail text not null
);
create index reconciliation_findings_by_report on reconciliation_findings (reconciliation_id, id);

-- Cards that a reconciliation could not judge.
create table reconciliation_left_out (
  id bigint generated always as identity primary key,
  reconciliation_id uuid not null references reconciliation_reports on delete cascade,
  iccid text not null,
  reason text not null
);
create index reconciliation_left_out_by_report on reconciliation_left_out (reconciliation_id, id);

-- Each time that a card was asked over the air which IMSI it holds, while no change of it was open. Its packets are probes, with the id
-- of the reading in place of that of a change.
create table card_readings (
  reading_id uuid primary key,
  iccid text not null,
  -- What the registry said.
  imsi text not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  -- What the card holds: an IMSI, or none; null as long as it has not answered.
  held text,
  ended_at timestamptz
);
`;
