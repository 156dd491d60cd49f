import { sql, type Migration } from 'kysely';

const CARDS = `
-- Tells, under the key of the installation, one adm1 of this card from another; null in rows that were imported before.
alter table cards add column adm1_index text;
-- Since when the registry has this adm1.
alter table cards add column adm1_at timestamptz;
update cards set adm1_at = updated_at;
alter table cards alter column adm1_at set default clock_timestamp();
alter table cards alter column adm1_at set not null;
-- When the card proved its code by taking a subscription: what it refused before counts no more. An import had lifted that too, up to now.
alter table cards add column adm1_settled_at timestamptz;
update cards set adm1_settled_at = updated_at;
alter table cards alter column adm1_settled_at set default '-infinity';
alter table cards alter column adm1_settled_at set not null;
`;

const APPROVALS = `
-- Who has approved that an admin code which the card has refused is tried once more, and why. It takes two persons; rows stay for good.
create table admin_code_approvals (
  id bigint generated always as identity primary key,
  iccid text not null references cards,
  -- The change in which the card had refused the code.
  refused_in uuid not null,
  approved_by text not null,
  reason text not null,
  approved_at timestamptz not null default clock_timestamp()
);
create index admin_code_approvals_by_card on admin_code_approvals (iccid, id);
`;

/** What tells whether an admin code that was refused may be tried again: since when it is registered, and who has approved that. */
export const adminCodeTries: Migration = {
  async up(database) {
    for (const part of [CARDS, APPROVALS]) await sql.raw(part).execute(database);
  },
};
