import { sql, type Migration } from 'kysely';

const PACKETS = `
-- A change may have two packets: the question whether the admin code is right, and the subscription.
alter table packets add column purpose text not null default 'write' check (purpose in ('check', 'write'));
alter table packets alter column purpose drop default;
alter table packets drop constraint packets_pkey;
alter table packets add primary key (change_id, purpose);
-- How many commands of the packet the card answers for; what its SMSC said of each segment; what the card itself said, verified.
alter table packets add column commands smallint;
alter table packets drop column receipt;
alter table packets add column receipts jsonb not null default '{}';
alter table packets add column por_status text;
alter table packets add column por_status_word text;
`;

const REQUESTS = `
-- The last counter of a request that the card itself sent.
alter table cards add column request_cntr bigint not null default 0;
-- Why a request of a card was refused for good: a card can't take back what it has signed, so it must not count later.
alter table change_requests add column refused text;
alter table agreements add column device_requests text not null default 'refused' check (device_requests in ('allowed', 'refused'));
`;

/** What a card is asked before it is written, what it answers, and what it asks for itself. */
export const cardQuestions: Migration = {
  async up(database) {
    for (const part of [PACKETS, REQUESTS]) await sql.raw(part).execute(database);
  },
};
