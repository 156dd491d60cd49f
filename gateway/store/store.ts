import { Migrator, sql, type Kysely, type RawBuilder } from 'kysely';
import { gatewayTables } from './0001-gateway.ts';
import { traces } from './0002-traces.ts';

/** PostgreSQL as the gateway sees it: a pool, or the one connection of a lock or a transaction. */
export type Database = Kysely<unknown>;

const TABLES = ['pool', 'subscribers', 'reservations', 'consents', 'history'] as const;
export type Tables = Readonly<Record<(typeof TABLES)[number], RawBuilder<unknown>>>;

/** What may become true of a change or an IMSI; the history keeps it for as long as the database is kept. */
export type Happening =
  | 'reserved'
  | 'withdrawn'
  | 'lapsed'
  | 'restored'
  | 'heldBack'
  | 'deleted'
  | 'givenBack'
  | 'taken'
  | 'consentGranted'
  | 'consentRefused';

interface Entry {
  readonly kind: Happening;
  readonly changeId?: string;
  readonly imsi?: string;
  readonly detail?: string;
}

/** The schema of one gateway in the database of its operator. */
export class Store {
  readonly database: Database;
  readonly tables: Tables;
  readonly now: () => Date;
  readonly #schema: string;

  constructor({ database, operator, now }: { database: Database; operator: string; now: () => Date }) {
    this.database = database;
    this.now = now;
    this.#schema = schemaOf(operator);
    this.tables = tablesOf(this.#schema);
  }

  /** Makes or updates the schema; any number of processes may call it at once, since kysely takes PostgreSQL's advisory lock. */
  async migrate(): Promise<void> {
    const migrations = { '0001-gateway': gatewayTables(this.#schema), '0002-traces': traces(this.#schema) };
    const migrator = new Migrator({
      db: this.database,
      provider: { getMigrations: () => Promise.resolve(migrations) },
      migrationTableName: 'schema_migrations',
      migrationLockTableName: 'schema_migrations_lock',
      migrationTableSchema: this.#schema,
    });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    throw error instanceof Error ? error : new Error('the schema could not be brought up to date', { cause: error });
  }

  /**
   * Works while no other process of this gateway works on the same thing, over the connection that holds the lock: it ends with
   * the process, however that ends.
   */
  locked<Result>(thing: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    return this.database.connection().execute(async (connection) => {
      const key = sql`hashtextextended(${`${this.#schema}/${thing}`}, 0)`;
      await sql`select pg_advisory_lock(${key})`.execute(connection);
      try {
        return await work(connection);
      } finally {
        await sql`select pg_advisory_unlock(${key})`.execute(connection);
      }
    });
  }

  /** Works if no other process of this gateway does this at present; says whether it did. */
  async alone(thing: string, work: () => Promise<void>): Promise<boolean> {
    return this.database.connection().execute(async (connection) => {
      const key = sql`hashtextextended(${`${this.#schema}/${thing}`}, 0)`;
      const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${key}) as mine`.execute(connection);
      if (rows[0]?.mine !== true) return false;
      try {
        await work();
      } finally {
        await sql`select pg_advisory_unlock(${key})`.execute(connection);
      }
      return true;
    });
  }

  /** Writes one line of the history, in the transaction that makes it true. */
  async note(database: Database, { kind, changeId, imsi, detail }: Entry): Promise<void> {
    await sql`
      insert into ${this.tables.history} (at, kind, change_id, imsi, detail)
      values (${this.now()}, ${kind}, ${changeId ?? null}, ${imsi ?? null}, ${detail ?? null})`.execute(database);
  }
}

/** `operator-1` keeps its tables in `gateway_operator_1`. */
export const schemaOf = (operator: string): string => `gateway_${operator.replaceAll('-', '_')}`;

function tablesOf(schema: string): Tables {
  const named = TABLES.map((name) => [name, sql.id(schema, name)] as const);
  return Object.fromEntries(named) as Tables;
}
