import { sql, type Migration } from 'kysely';

/** Keys under which operators wrap credentials, sealed by the vault; several of an operator while one takes over from another. */
export const sessionKeys: Migration = {
  async up(database) {
    await sql`
      create table session_keys (
        operator text not null references operators on delete cascade,
        kid text not null,
        sealed_key bytea not null,
        updated_at timestamptz not null default now(),
        primary key (operator, kid)
      )`.execute(database);
  },
};
