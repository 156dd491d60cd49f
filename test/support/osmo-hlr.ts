import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Guard } from '../../scripts/engines/guard.ts';
import { commandLineOf } from '../../scripts/engines/process-table.ts';

/** osmo-hlr 1.5.0 listens here and nowhere else; only the address can be chosen. */
export const OSMO_HLR_PORTS = { gsup: 4222, vty: 4258, ctrl: 4259 } as const;

/** Held from the first start to the end, also while it is killed: another test run on this machine waits for it. */
const LOCK_PORT = 4221;

const START_MS = 10_000;
/** Another test run on this machine may be at it. */
const PORTS_MS = 60_000;
const STOP_MS = 5_000;
const POLL_MS = 50;

/** Its ports are fixed: one that outlived its test run would be in the way of the next. */
const guard = new Guard();

export interface OsmoHlrProcess {
  readonly host: string;
  /** What it has said so far. */
  log(): string;
  /** Ends it as a power cut would; the subscribers stay in its folder. */
  kill(): Promise<void>;
  /** Starts it again over the same subscribers. */
  start(): Promise<void>;
  /** Between two tests: one that has died unasked is started again, so that the next test finds it, and the loss is reported. */
  check(): Promise<void>;
  /** Ends it and removes its folder; rejects when it had died unasked. */
  stop(): Promise<void>;
}

/** Starts an osmo-hlr on this loopback address, with an empty database in a temporary folder. */
export async function startOsmoHlr(host = '127.0.0.1'): Promise<OsmoHlrProcess> {
  const lock = await locked(host);
  const folder = mkdtempSync(join(tmpdir(), 'rehome-osmo-hlr-'));
  writeFileSync(join(folder, 'osmo-hlr.cfg'), configFor(host));
  let said = '';
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined) return;
    await ended(child);
    if (child.pid !== undefined) await guard.unwatch(child.pid);
    child = undefined;
  };
  const refuseDead = () => {
    if (child === undefined || isRunning(child)) return;
    const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
    throw new Error(`osmo-hlr has died of ${how}, and no test asked for that; it said:\n${said}`);
  };
  const start = async () => {
    await portsFree(host);
    child = launch(folder);
    if (child.pid !== undefined) guard.watch({ pid: child.pid, signal: 'SIGKILL', graceMs: 0 });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await listening(host, child, () => said);
  };
  const check = async () => {
    try {
      refuseDead();
    } catch (cause) {
      await kill();
      await start();
      throw cause;
    }
  };
  const remove = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
    await new Promise((resolve) => lock.close(resolve));
  };
  try {
    await start();
  } catch (cause) {
    await remove();
    throw cause;
  }
  const stop = async () => {
    try {
      refuseDead();
    } finally {
      await remove();
    }
  };
  return { host, kill, start, check, stop, log: () => said };
}

/** What it logs at `debug` of its categories ctrl and auc has keys in it. */
const configFor = (host: string): string =>
  `log stderr
 logging filter all 1
 logging color 0
 logging level set-all notice
line vty
 bind ${host}
ctrl
 bind ${host}
hlr
 store-imei
 gsup
  bind ip ${host}
`;

/** As set-up recorded it (scripts/bootstrap/osmo-hlr.mjs). */
function launch(folder: string): ChildProcess {
  const { command, libraries } = JSON.parse(readFileSync('.engines/osmo-hlr.json', 'utf8')) as {
    command: string;
    libraries: readonly string[];
  };
  return spawn(command, ['-c', 'osmo-hlr.cfg', '-l', 'hlr.db'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(':') }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A port, since the system takes it back from whoever dies. */
async function locked(host: string): Promise<Server> {
  const deadline = Date.now() + PORTS_MS;
  for (;;) {
    const server = createServer((socket) => socket.destroy());
    const isOurs = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(LOCK_PORT, host, () => resolve(true));
    });
    if (isOurs) return server.unref();
    if (Date.now() > deadline) {
      throw new Error(`another test run has an osmo-hlr on ${host}: ${listenerOf(LOCK_PORT)}; wait for it or end it`);
    }
    await delay(POLL_MS);
  }
}

/** Not any osmo-hlr, but this one: another's ends when another test run wants it to. */
async function listening(host: string, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (const port of Object.values(OSMO_HLR_PORTS)) {
    while (!((await isOpen(host, port)) && holdsAny(String(child.pid), socketsListeningAt(port)))) {
      if (!isRunning(child) || Date.now() > deadline)
        throw new Error(`osmo-hlr did not start:\n${said()}\nport ${port} is held by ${listenerOf(port)}`);
      await delay(POLL_MS);
    }
  }
}

async function portsFree(host: string): Promise<void> {
  const deadline = Date.now() + PORTS_MS;
  for (const port of Object.values(OSMO_HLR_PORTS)) {
    while (await isOpen(host, port)) {
      if (Date.now() > deadline)
        throw new Error(`port ${port} of ${host} is taken by ${listenerOf(port)}: end that first`);
      await delay(POLL_MS);
    }
  }
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}

/** Process and command line of whoever listens on a port, as far as this system tells. */
function listenerOf(port: number): string {
  const inodes = socketsListeningAt(port);
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holdsAny(name, inodes));
  return pid === undefined ? 'another process' : `process ${pid} (${commandLineOf(Number(pid))})`;
}

/** As links of /proc/PID/fd name them (proc(5)). */
function socketsListeningAt(port: number): string[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(local) === true && fields[3] === '0A' ? [`socket:[${fields[9] ?? ''}]`] : [];
  });
}

function holdsAny(pid: string, inodes: readonly string[]): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => inodes.includes(readlinkSync(join(folder, name))));
  } catch {
    // The process has gone, or is another user's.
    return false;
  }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

async function ended(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await Promise.race([gone, delay(STOP_MS, undefined, { ref: false })]);
}
