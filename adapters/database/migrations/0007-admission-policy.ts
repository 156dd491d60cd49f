import { sql, type Migration } from 'kysely';

const AGREEMENTS = `
alter table agreements drop constraint agreements_consent_check;
alter table agreements add constraint agreements_consent_check check (consent in ('none', 'ask', 'askForDeviceRequests'));
-- What an agreement says nothing about is null.
alter table agreements add column minimum_stay_days integer check (minimum_stay_days > 0);
alter table agreements add column card_profiles text[];
alter table agreements add column overlap_hours double precision check (overlap_hours > 0);
alter table agreements add column release_days integer check (release_days > 0);
`;

const CARDS = `
-- Operators that the card may go to; null: all.
alter table cards add column targets text[];
-- When the card came to its operator: it was moved there, or imported.
alter table cards add column came_at timestamptz;
update cards set came_at = coalesce(
  (select min(at) from timeline where timeline.change_id = cards.moved_by and timeline.state = 'releasing'), imported_at);
alter table cards alter column came_at set default now();
alter table cards alter column came_at set not null;
create function card_came() returns trigger language plpgsql as $$
begin
  new.came_at := now();
  return new;
end $$;
-- Whoever writes the operator: the attach, or an import that corrects it.
create trigger card_came before update of operator on cards
  for each row when (old.operator is distinct from new.operator) execute function card_came();
`;

const BLOCKS = `
-- Who blocked a card against changes, when and why, and who took that back; a card is blocked while it has a row without an end.
create table card_blocks (
  id bigint generated always as identity primary key,
  iccid text not null references cards,
  reason text not null,
  blocked_by text not null,
  blocked_at timestamptz not null default now(),
  unblock_reason text,
  unblocked_by text,
  unblocked_at timestamptz
);
create unique index card_blocks_open on card_blocks (iccid) where unblocked_at is null;
`;

/** What decides whether a card may go: the terms of agreements, where a card may go, since when it is there, and who has blocked it. */
export const admissionPolicy: Migration = {
  async up(database) {
    for (const part of [AGREEMENTS, CARDS, BLOCKS]) await sql.raw(part).execute(database);
  },
};
