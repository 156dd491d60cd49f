import { sql, type Migration } from 'kysely';

const RELEASE_REQUESTS = `
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
`;

const PACKETS = `
-- When the verified answer of the card came that is kept with its packet; null in those from before.
alter table packets add column por_at timestamptz;
`;

const AGREEMENTS = `
-- Whether a card that attaches in another device than before is released; null: it is.
alter table agreements add column same_device text check (same_device = 'required');
`;

/** What is handed to the other operator when it disputes a change, and the term by which a card has to stay in its device. */
export const evidence: Migration = {
  async up(database) {
    for (const part of [RELEASE_REQUESTS, PACKETS, AGREEMENTS]) await sql.raw(part).execute(database);
  },
};
