import { Migrator, type Migration } from 'kysely';
import type { Database } from './database.ts';
import { core } from './migrations/0001-core.ts';
import { overtaking } from './migrations/0002-overtaking.ts';
import { sessionKeys } from './migrations/0003-session-keys.ts';
import { cardQuestions } from './migrations/0004-card-questions.ts';
import { boundedEvents } from './migrations/0005-bounded-events.ts';
import { contact } from './migrations/0006-contact.ts';
import { admissionPolicy } from './migrations/0007-admission-policy.ts';
import { evidence } from './migrations/0008-evidence.ts';
import { oneEnd } from './migrations/0009-one-end.ts';
import { reconciliation } from './migrations/0010-reconciliation.ts';
import { refresh } from './migrations/0011-refresh.ts';
import { lastAction } from './migrations/0012-last-action.ts';
import { adminCodeTries } from './migrations/0013-admin-code-tries.ts';
import { keyRefusals } from './migrations/0016-key-refusals.ts';
import { unknownKeyVersion } from './migrations/0017-unknown-key-version.ts';
import { rewrite } from './migrations/0018-rewrite.ts';

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-core': core,
  '0002-overtaking': overtaking,
  '0003-session-keys': sessionKeys,
  '0004-card-questions': cardQuestions,
  '0005-bounded-events': boundedEvents,
  '0006-contact': contact,
  '0007-admission-policy': admissionPolicy,
  '0008-evidence': evidence,
  '0009-one-end': oneEnd,
  '0010-reconciliation': reconciliation,
  '0011-refresh': refresh,
  '0012-last-action': lastAction,
  '0013-admin-code-tries': adminCodeTries,
  '0016-key-refusals': keyRefusals,
  '0017-unknown-key-version': unknownKeyVersion,
  '0018-rewrite': rewrite,
};

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
