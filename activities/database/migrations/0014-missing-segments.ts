import { sql, type Migration } from 'kysely';

const HAND_OVERS = `
-- Which segments were handed over, by their numbers from 1, in the order of message_ids; null: all of them.
alter table packet_hand_overs add column segments smallint[];
`;

/** A segment that is known to be missing is handed over alone. */
export const missingSegments: Migration = {
  async up(database) {
    await sql.raw(HAND_OVERS).execute(database);
  },
};
