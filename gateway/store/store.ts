import { setTimeout as wait } from 'node:timers/promises';
import { Migrator, sql, type Kysely, type RawBuilder } from 'kysely';
import { Problem } from '../http/problem.ts';
import { baseline } from './0001-baseline.ts';

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
  | 'deletionBegun'
  | 'deleted'
  | 'givenBack'
  | 'taken'
  | 'poolLow'
  | 'poolRecovered'
  | 'consentGranted'
  | 'consentRefused';

interface Entry {
  readonly kind: Happening;
  readonly changeId?: string;
  readonly imsi?: string;
  readonly detail?: string;
}

/** Shorter than a call may take, so that who waits is told to ask again before it gives up. */
const LONGEST_WAIT_MILLISECONDS = 2_000;
const ASK_AGAIN_MILLISECONDS = 50;

type Turn<Result> = { readonly held: true; readonly result: Result } | { readonly held: false };

const busy = (thing: string): Problem =>
  new Problem({
    status: 503,
    code: 'BUSY',
    detail: `another call about ${thing}, or as many about others as there may be, are being worked on; ask again`,
    retryAfterSeconds: 1,
  });

interface StoreOptions {
  readonly database: Database;
  readonly operator: string;
  readonly now: () => Date;
  /** How many locks may be held at once, each over a connection of the pool; default: 6. */
  readonly mostHeld?: number;
}

/** Fewer than the pool has connections, unless it is told otherwise. */
const MOST_HELD = 6;

/** The schema of one gateway in the database of its operator. */
export class Store {
  readonly database: Database;
  readonly tables: Tables;
  readonly now: () => Date;
  readonly #schema: string;
  readonly #mostHeld: number;
  #held = 0;

  constructor({ database, operator, now, mostHeld = MOST_HELD }: StoreOptions) {
    this.#mostHeld = mostHeld;
    this.database = database;
    this.now = now;
    this.#schema = schemaOf(operator);
    this.tables = tablesOf(this.#schema);
  }

  /** Makes or updates the schema; any number of processes may call it at once, since kysely takes PostgreSQL's advisory lock. */
  async migrate(): Promise<void> {
    const migrations = { '0001-baseline': baseline(this.#schema) };
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
   * Works while nobody else, in any process of this gateway, works on the same thing, over the connection that holds the lock: it ends
   * with the process, however that ends. Who has to wait holds no connection meanwhile, so that calls about one thing never keep
   * those about others from the pool; who waits too long gets a Problem that says to ask again. So does who comes while as many
   * locks are held as may be: an HLR that takes its time leaves connections for what needs no HLR.
   */
  async locked<Result>(thing: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + LONGEST_WAIT_MILLISECONDS;
    for (;;) {
      const turn = await this.#holding(thing, work);
      if (turn.held) return turn.result;
      if (performance.now() >= deadline) throw busy(thing);
      await wait(ASK_AGAIN_MILLISECONDS);
    }
  }

  /** Works if no other process of this gateway does this at present; says whether it did. */
  async alone(thing: string, work: () => Promise<void>): Promise<boolean> {
    return (await this.#holding(thing, work)).held;
  }

  async #holding<Result>(thing: string, work: (database: Database) => Promise<Result>): Promise<Turn<Result>> {
    if (this.#held >= this.#mostHeld) return { held: false };
    this.#held += 1;
    try {
      return await this.database.connection().execute((connection) => this.#overConnection(connection, thing, work));
    } finally {
      this.#held -= 1;
    }
  }

  async #overConnection<Result>(
    connection: Database,
    thing: string,
    work: (database: Database) => Promise<Result>,
  ): Promise<Turn<Result>> {
    const key = sql`hashtextextended(${`${this.#schema}/${thing}`}, 0)`;
    const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${key}) as mine`.execute(connection);
    if (rows[0]?.mine !== true) return { held: false };
    try {
      return { held: true, result: await work(connection) };
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(connection);
    }
  }

  /** Whether this became true of a change and an IMSI at any time. */
  async happened({ kind, changeId, imsi }: Required<Omit<Entry, 'detail'>>): Promise<boolean> {
    const { rows } = await sql`
      select from ${this.tables.history}
      where change_id = ${changeId} and imsi = ${imsi} and kind = ${kind} limit 1`.execute(this.database);
    return rows.length > 0;
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
