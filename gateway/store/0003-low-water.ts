import { sql, type Migration } from 'kysely';

/** Since when the pool is low, so that it is told once. */
export const lowWater = (schema: string): Migration => ({
  async up(database) {
    await sql`alter table ${sql.id(schema, 'pool')} add column low_since timestamptz`.execute(database);
  },
});
