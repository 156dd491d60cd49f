import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type Driver } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';

/** What a statement answers; it may throw as a broken connection does. */
export type Answer = (statement: string, parameters: readonly unknown[]) => readonly object[];

/** A database without PostgreSQL: every statement is answered by the given function. */
export function scriptedDatabase(answer: Answer): Database {
  class ScriptedDriver extends DummyDriver implements Driver {
    override async acquireConnection() {
      return {
        ...(await super.acquireConnection()),
        executeQuery: ({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) =>
          Promise.resolve().then(() => ({ rows: [...answer(sql, parameters)] as never[] })),
        streamQuery: () => {
          throw new Error('a scripted database streams nothing');
        },
      };
    }
  }
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new ScriptedDriver(),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
