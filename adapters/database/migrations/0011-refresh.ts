import { sql, type Migration } from 'kysely';

/** A packet may be one that changes nothing, and has the device read its card anew. */
export const refresh: Migration = {
  up: async (database) => {
    await sql`
alter table packets drop constraint packets_purpose_check;
alter table packets add constraint packets_purpose_check check (purpose in ('check', 'write', 'probe', 'refresh'));
`.execute(database);
  },
};
