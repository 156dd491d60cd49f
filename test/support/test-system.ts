import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../scripts/engines/ports.ts';
import { createPki } from '../../scripts/pki.ts';
import { startProcess, type SupervisedProcess } from '../../scripts/supervisor.ts';
import { loadConfig, type Config } from '../../temporal.config.ts';
import { makeGatewayFiles } from '../../workers/demo-gateways.ts';
import { demoNetwork } from '../../workers/demo-network.ts';
import { openDesk } from '../../workers/application.ts';
import { processLog } from '../../workers/log.ts';
import { Resources } from '../../workers/resources.ts';
import { makeKeys } from '../../workers/setup.ts';

/** The checkout, whether this runs from the sources or from dist/. */
const ROOT = process.cwd();
const REHOME = join(ROOT, 'dist', 'workers', 'rehome.js');

export const WORKER_ROLES = ['orchestrator', 'operator', 'ota', 'reconciler', 'event-router', 'outbox-relay'] as const;
/** Of these there is one on a machine. */
const READER_ROLES = ['codec-server'] as const;
export const SIMULATOR_ROLES = ['simulated-operators', 'gateway', 'simulated-smsc'] as const;

/** The engines of one test run, with the pids to kill. */
export interface TestEngines {
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly databaseUrl: string;
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/** The environment of every process of the run. */
export type TestEnvironment = Readonly<Record<string, string>>;

export interface TestSystem {
  readonly environment: TestEnvironment;
  readonly engines: TestEngines;
  /** The pid, at this moment, of one of our own processes. */
  pidsOf(name: string): number[];
  stop(): Promise<void>;
}

/** What stands at the operators, where that is not the simulators. */
export interface TestSite {
  readonly roles: readonly string[];
  /** Called when keys, certificates and the files of the gateways are there, and before anything is served. */
  readonly prepare: (config: Config) => Promise<void>;
  /** Whether every role has a process of its own, which is named after it. */
  readonly apart?: boolean;
}

export const SIMULATED: TestSite = { roles: SIMULATOR_ROLES, prepare: () => Promise.resolve() };

/** Starts engines, simulators and workers on free ports, with everything in a temporary folder, and registers the cards. */
export async function startTestSystem(
  settings: TestEnvironment = {},
  { roles, prepare, apart = false }: TestSite = SIMULATED,
): Promise<TestSystem> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'rehome-test-'));
  const ports = Object.fromEntries(await freePorts(PORT_SETTINGS));
  const { runner, engines } = await inTurn(() => startEngines(dataFolder, ports['CODEC_SERVER_PORT'] ?? ''));
  const environment: TestEnvironment = {
    ...plainEnvironment(),
    DATA_FOLDER: dataFolder,
    TEMPORAL_ADDRESS: engines.temporalAddress,
    KAFKA_BROKERS: engines.kafkaBrokers.join(','),
    DATABASE_URL: engines.databaseUrl,
    TEMPORAL_UI_URL: engines.temporalUiUrl,
    // A bind that has learnt to rest is fast again soon: the next test, or the next trouble, does not wait for it.
    SMSC_LONGEST_PAUSE_SECONDS: '5',
    ...settings,
    ...ports,
  };
  const config = loadConfig(environment);
  makeKeys(config);
  await createPki(join(dataFolder, 'pki'));
  makeGatewayFiles(config);
  await prepare(config);
  const desk = openDesk(new Resources(config, processLog('test-set-up', 'error'), 'test-set-up'));
  await desk.setUp();
  await desk.registerNetwork(demoNetwork(config));
  await desk.importCards({
    file: resolve(ROOT, config.settings.SIMULATOR_CARDS_FILE),
    rejectFile: join(dataFolder, 'rejects.csv'),
    onProgress: () => undefined,
  });
  await desk.close();
  const workers = [...WORKER_ROLES, ...READER_ROLES];
  const served = apart
    ? [...roles, ...workers].map((role) => ({ name: role, served: [role] }))
    : [
        { name: 'simulators', served: roles },
        { name: 'workers', served: workers },
      ];
  const processes = await Promise.all(served.map((one) => serveRoles(environment, one.name, one.served)));
  return {
    environment,
    engines,
    pidsOf: (name) =>
      processes.flatMap((process) => (process.name === name && process.pid !== undefined ? [process.pid] : [])),
    stop: async () => {
      await Promise.all(processes.map((process) => process.stop()));
      await ended(runner);
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Engines choose their ports themselves, so those of one system listen before the next ones choose. */
let turn: Promise<unknown> = Promise.resolve();
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = turn.then(work);
  turn = done.catch(() => undefined);
  return done;
}

async function startEngines(
  dataFolder: string,
  codecPort: string,
): Promise<{ readonly runner: ChildProcess; readonly engines: TestEngines }> {
  const runner = spawn(
    process.execPath,
    [
      ...[join(ROOT, 'dist', 'scripts', 'engines', 'run.js'), '--data', dataFolder, '--free-ports'],
      ...['--codec-url', `http://127.0.0.1:${codecPort}`],
    ],
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  return { runner, engines: JSON.parse(await firstLine(runner)) as TestEngines };
}

/** Runs roles as a process of its own, as `rehome serve` does. */
export function serveRoles(
  environment: TestEnvironment,
  name: string,
  roles: readonly string[],
): Promise<SupervisedProcess> {
  return startProcess({
    name,
    command: process.execPath,
    args: [REHOME, 'serve', ...roles],
    env: environment,
    logFile: join(environment['DATA_FOLDER'] ?? tmpdir(), 'logs', `${name}.log`),
    restart: true,
    log: () => undefined,
  });
}

const PORT_SETTINGS = [
  'SIMULATOR_OPERATOR_1_PORT',
  'SIMULATOR_OPERATOR_1_HLR_PORT',
  'SIMULATOR_OPERATOR_1_GSUP_PORT',
  'SIMULATOR_OPERATOR_2_PORT',
  'SIMULATOR_OPERATOR_2_HLR_PORT',
  'SIMULATOR_OPERATOR_2_GSUP_PORT',
  'SIMULATOR_SMSC_PORT',
  'SIMULATOR_SMSC_CONTROL_PORT',
  'CODEC_SERVER_PORT',
] as const;

/** What a program needs of this process's environment; the settings of a person must not reach the tests. */
function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'JAVA_HOME', 'TMPDIR'].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  );
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the engines were started without a pipe');
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).once('line', resolve);
    child.once('exit', (code) => {
      reject(new Error(`the engines did not start: exit code ${String(code)}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.stdin?.end();
  });
}

/** Below those that engines choose from. */
const PORTS = { from: 10_000, to: 15_000 };
/** Of every system of this process, some of which do not listen yet. */
const chosenPorts = new Set<number>();

/** A free port for each name. */
async function freePorts(names: readonly string[]): Promise<[string, string][]> {
  const chosen: [string, string][] = [];
  for (const name of names) {
    const port = await freePort(chosenPorts, PORTS);
    chosenPorts.add(port);
    chosen.push([name, String(port)]);
  }
  return chosen;
}
