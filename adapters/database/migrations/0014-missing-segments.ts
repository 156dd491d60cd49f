import { sql, type Migration } from 'kysely';

const HAND_OVERS = `
-- Which segments were submitted, by their numbers from 1, in the order of message_ids; null: all of them.
alter table packet_submissions add column segments smallint[];
`;

/** A segment that is known to be missing is submitted alone. */
export const missingSegments: Migration = {
  async up(database) {
    await sql.raw(HAND_OVERS).execute(database);
  },
};
