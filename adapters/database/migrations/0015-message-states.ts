import { sql, type Migration } from 'kysely';

const REGISTRY = `
-- Whether the SMSC may be asked what has become of a message (query_sm), which many refuse.
alter table smscs add column query_sm boolean not null default false;
`;

/** An SMSC is asked for the state of its messages. */
export const messageStates: Migration = {
  async up(database) {
    await sql.raw(REGISTRY).execute(database);
  },
};
