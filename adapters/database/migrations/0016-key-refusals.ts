import { sql, type Migration } from 'kysely';

const PACKETS = `
-- That the card says it could not read the packet with its keys, signed or not, and when it said so first.
alter table packets add column key_refusal text check (key_refusal in ('integrityFailed', 'cipheringError'));
alter table packets add column key_refused_at timestamptz;
`;

/** What a card says whose keys are not those of its row. */
export const keyRefusals: Migration = {
  async up(database) {
    await sql.raw(PACKETS).execute(database);
  },
};
