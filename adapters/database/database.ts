import { readFileSync } from 'node:fs';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';

/** PostgreSQL as every activity sees it: SQL is written as SQL, with kysely's `sql` tag binding the values. */
export type Database = Kysely<unknown>;

export interface DatabaseOptions {
  readonly url: string;
  /** Used when the address carries no password. */
  readonly passwordFile?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly poolSize: number;
  readonly applicationName: string;
}

// PostgreSQL's bigint: counters of 5 octets and row numbers fit a safe integer.
types.setTypeParser(types.builtins.INT8, Number);

/** Opens a pool; no connection is made before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: withPassword(options),
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    ...(options.tls && { ssl: readTls(options.tls) }),
  });
  // A connection that breaks while idle is replaced at the next query, which reports what is wrong by itself.
  pool.on('error', () => undefined);
  // The same for one that breaks after it was handed out and before its query: without a listener the process would end.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}

/** The address with the password of the file, for libraries and for LISTEN connections. */
function withPassword({ url, passwordFile }: DatabaseOptions): string {
  const address = new URL(url);
  if (address.password === '' && passwordFile !== undefined)
    address.password = readFileSync(passwordFile, 'utf8').trim();
  return address.href;
}

function readTls(tls: NonNullable<DatabaseOptions['tls']>) {
  return {
    rejectUnauthorized: true,
    ...(tls.ca && { ca: readFileSync(tls.ca) }),
    ...(tls.cert && { cert: readFileSync(tls.cert) }),
    ...(tls.key && { key: readFileSync(tls.key) }),
  };
}
