import { sql, type Migration } from 'kysely';

const PACKETS = `
-- Besides its check and its write packet a change may have any number of probes, which are numbered from 1.
alter table packets drop constraint packets_purpose_check;
alter table packets add constraint packets_purpose_check check (purpose in ('check', 'write', 'probe'));
alter table packets add column number integer not null default 1;
alter table packets drop constraint packets_pkey;
alter table packets add primary key (change_id, purpose, number);
-- Which of the change's subscriptions the card has read back.
alter table packets add column por_holds text check (por_holds in ('source', 'target', 'another'));
-- How often the change was told that its device has shown itself, and when it may be told again.
alter table packets add column contacts integer not null default 0;
alter table packets add column next_contact timestamptz not null default '-infinity';
`;

const HAND_OVERS = `
-- Every time that a packet was handed to its SMSC: as what the SMSC took its segments, and when it had taken all of them.
create table packet_submissions (
  change_id uuid not null,
  purpose text not null,
  number integer not null,
  submission integer not null,
  -- Of the step that asked for it.
  sequence integer,
  message_ids text[] not null default '{}',
  begun_at timestamptz not null default now(),
  accepted_at timestamptz,
  -- When the change was told that the SMSC has given it up.
  failed_at timestamptz,
  primary key (change_id, purpose, number, submission),
  foreign key (change_id, purpose, number) references packets on delete cascade
);
update packets set submissions = 1 where state = 'sent' and submissions = 0;
insert into packet_submissions (change_id, purpose, number, submission, message_ids, begun_at, accepted_at)
  select change_id, purpose, number, submissions, message_ids, coalesce(sent_at, prepared_at),
    case when message_ids <> '{}' then coalesce(sent_at, prepared_at) end
  from packets where state = 'sent';
`;

const REGISTRY = `
-- Whether the SMSC is asked, with every message, to tell when a device is back that was away (set_dpf).
alter table smscs add column set_dpf boolean not null default false;
create index changes_open_by_source_imsi on changes (source_imsi) where not ended;
`;

/** What a packet that did not arrive needs: its submissions, probes of its card, and word of its device. */
export const contact: Migration = {
  async up(database) {
    for (const part of [PACKETS, HAND_OVERS, REGISTRY]) await sql.raw(part).execute(database);
  },
};
