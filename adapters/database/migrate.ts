import { Migrator, type Migration } from 'kysely';
import type { Database } from './database.ts';
import { baseline } from './migrations/0001-baseline.ts';

const MIGRATIONS: Readonly<Record<string, Migration>> = { '0001-baseline': baseline };

/** Brings the schema up to date; any number of processes may call it at once, since kysely takes PostgreSQL's advisory lock. */
export async function migrate(database: Database): Promise<string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error
      ? error
      : new Error('the database schema could not be brought up to date', { cause: error });
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
}
