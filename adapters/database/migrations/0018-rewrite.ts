import { sql, type Migration } from 'kysely';

/** A packet may be one that writes a torn card again, under a higher counter. */
export const rewrite: Migration = {
  up: async (database) => {
    await sql`
alter table packets drop constraint packets_purpose_check;
alter table packets add constraint packets_purpose_check check (purpose in ('check', 'write', 'rewrite', 'probe', 'refresh'));
`.execute(database);
  },
};
