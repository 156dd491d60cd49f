// Starts the engines alone: one line of JSON on stdout when they answer; ends on SIGTERM, SIGINT, or when stdin closes.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { acquireLock } from '../lock.ts';
import { DEFAULT_PORTS, FREE, Unavailable, startEngines } from './index.ts';

const USAGE = 'usage: run.js --data DIR [--free-ports] [--temporal-cli PATH] [--codec-url URL]';
const PASSWORD_OCTETS = 24;
const EX_USAGE = 2;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      'free-ports': { type: 'boolean', default: false },
      'temporal-cli': { type: 'string' },
      'codec-url': { type: 'string' },
    },
  });
  if (values.data === undefined) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = EX_USAGE;
    return;
  }
  const ending = new AbortController();
  const asked = askedToEnd();
  void asked.then(() => {
    ending.abort();
  });
  const dataFolder = resolve(values.data);
  const lock = acquireLock(dataFolder);
  try {
    const engines = await startEngines({
      dataFolder,
      ports: values['free-ports'] ? FREE : DEFAULT_PORTS,
      temporalSqliteSynchronous: 'NORMAL',
      postgresPassword: passwordOf(dataFolder),
      temporalCli: values['temporal-cli'],
      temporalCodecUrl: values['codec-url'],
      signal: ending.signal,
      log: (line) => process.stderr.write(`${line}\n`),
    });
    const { temporalAddress, temporalUiUrl, kafkaBrokers, databaseUrl, processes } = engines;
    process.stdout.write(
      `${JSON.stringify({ temporalAddress, temporalUiUrl, kafkaBrokers, databaseUrl, processes })}\n`,
    );
    await asked;
    await engines.stop();
  } finally {
    lock.release();
  }
}

function askedToEnd(): Promise<void> {
  return new Promise((resolvePromise) => {
    const end = () => {
      resolvePromise();
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    process.stdin.on('end', end).on('error', end).resume();
  });
}

/** The password of the set-up proper when there is one, else one made here. */
function passwordOf(dataFolder: string): string {
  const file = join(dataFolder, 'keys', 'postgres-password');
  if (!existsSync(file)) {
    mkdirSync(join(dataFolder, 'keys'), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(PASSWORD_OCTETS).toString('hex')}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return readFileSync(file, 'utf8').trim();
}

main().then(
  () => {
    process.stdin.destroy();
  },
  (cause: unknown) => {
    const told = cause instanceof Unavailable ? cause.message : String(cause instanceof Error ? cause.stack : cause);
    process.stderr.write(`${told}\n`);
    process.exitCode = cause instanceof Unavailable ? cause.exitCode : 1;
    process.stdin.destroy();
  },
);
