import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { EngineRunner, type RunnerOptions, type UnexpectedExit } from './engine-runner.ts';
import type { Engine } from './engine.ts';
import { kafkaEngine } from './kafka.ts';
import { choosePorts, type EnginePorts, type Listener } from './ports.ts';
import { databaseUrlOf, postgresEngine } from './postgres.ts';
import { endStaleEngines } from './stale.ts';
import { temporalEngine } from './temporal.ts';

export type { UnexpectedExit } from './engine-runner.ts';
export { DEFAULT_PORTS, FREE, type EnginePorts, type Listener } from './ports.ts';
export { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';

export interface EngineOptions {
  readonly dataFolder: string;
  readonly ports: EnginePorts;
  /** What will listen besides the engines: its ports are checked with theirs, before anything is started. */
  readonly alsoListening?: readonly Listener[];
  /** Engines that run elsewhere: for these nothing is started. */
  readonly external?: {
    readonly temporalAddress?: string | undefined;
    readonly kafkaBrokers?: readonly string[] | undefined;
    readonly databaseUrl?: string | undefined;
  };
  readonly temporalSqliteSynchronous: 'NORMAL' | 'FULL';
  readonly postgresPassword: string;
  /** Where the Temporal Web UI has payloads opened. */
  readonly temporalCodecUrl?: string | undefined;
  /** A Temporal CLI to use instead of the pinned one. */
  readonly temporalCli?: string | undefined;
  /** Ends a start that is under way: what was started is stopped, and startEngines rejects. */
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
  readonly onUnexpectedExit?: ((exit: UnexpectedExit) => void) | undefined;
}

export interface Engines {
  readonly temporalAddress: string;
  /** Undefined when Temporal runs elsewhere. */
  readonly temporalUiUrl: string | undefined;
  readonly kafkaBrokers: readonly string[];
  readonly databaseUrl: string;
  /** Those that were started here, with the pid of this moment: a restart gives another one. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}

/** Starts the engines that do not run elsewhere, side by side, and resolves when all of them answer. */
export async function startEngines(options: EngineOptions): Promise<Engines> {
  const dataFolder = resolve(options.dataFolder);
  const { external = {}, log, onUnexpectedExit } = options;
  mkdirSync(dataFolder, { recursive: true });
  await endStaleEngines(dataFolder, log);
  const ports = await choosePorts(options.ports, neededPorts(external), options.alsoListening);

  const engines: Engine[] = [];
  if (external.temporalAddress === undefined) engines.push(temporalOf({ ...options, dataFolder, ports }));
  if (external.kafkaBrokers === undefined) {
    engines.push(kafkaEngine({ dataFolder, port: ports.kafka, controllerPort: ports.kafkaController }));
  }
  if (external.databaseUrl === undefined) {
    engines.push(await postgresEngine({ dataFolder, port: ports.postgres, password: options.postgresPassword }));
  }
  const runners = await startAll(engines, { dataFolder, log, onUnexpectedExit, signal: options.signal });

  return {
    temporalAddress: external.temporalAddress ?? `${HOST}:${ports.temporal}`,
    temporalUiUrl: external.temporalAddress === undefined ? `http://${HOST}:${ports.temporalUi}` : undefined,
    kafkaBrokers: external.kafkaBrokers ?? [`${HOST}:${ports.kafka}`],
    databaseUrl: external.databaseUrl ?? databaseUrlOf(ports.postgres, options.postgresPassword),
    get processes() {
      return runners.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
    },
    stop: () => stopAll(runners),
  };
}

/** All of them or none: when one cannot start, those that did are stopped again. */
async function startAll(
  engines: readonly Engine[],
  { signal, ...options }: RunnerOptions & Pick<EngineOptions, 'signal'>,
): Promise<readonly EngineRunner[]> {
  const runners = engines.map((engine) => new EngineRunner(engine, options));
  const abort = () => void stopAll(runners);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  const results = await Promise.allSettled(runners.map((runner) => runner.start()));
  signal?.removeEventListener('abort', abort);
  const [first] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (first === undefined) return runners;
  await stopAll(runners);
  throw first instanceof Error ? first : new Error('an engine could not be started', { cause: first });
}

async function stopAll(runners: readonly EngineRunner[]): Promise<void> {
  await Promise.all(runners.map((runner) => runner.stop()));
}

function temporalOf(options: EngineOptions): Engine {
  const { dataFolder, ports, temporalSqliteSynchronous, temporalCli, temporalCodecUrl } = options;
  return temporalEngine({
    dataFolder,
    port: ports.temporal,
    uiPort: ports.temporalUi,
    synchronous: temporalSqliteSynchronous,
    cli: temporalCli,
    codecUrl: temporalCodecUrl,
  });
}

function neededPorts(external: NonNullable<EngineOptions['external']>): readonly (keyof EnginePorts)[] {
  return [
    ...(external.temporalAddress === undefined ? (['temporal', 'temporalUi'] as const) : []),
    ...(external.kafkaBrokers === undefined ? (['kafka', 'kafkaController'] as const) : []),
    ...(external.databaseUrl === undefined ? (['postgres'] as const) : []),
  ];
}
