import { sql, type Migration } from 'kysely';

const PACKETS = `
-- A card that does not have the key version of the row says so by a security error (ETSI TS 102 225 §5.2, status 06).
alter table packets drop constraint packets_key_refusal_check;
alter table packets add constraint packets_key_refusal_check
  check (key_refusal in ('integrityFailed', 'cipheringError', 'securityError'));
`;

/** What a card says that does not have the key version of its row. */
export const unknownKeyVersion: Migration = {
  async up(database) {
    await sql.raw(PACKETS).execute(database);
  },
};
