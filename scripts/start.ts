// `npm start`: brings the whole system up on this machine and changes the operator of one card.
import { join } from 'node:path';
import { explainError } from '../cli/errors.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { explain } from '../cli/text.ts';
import { ConfigurationError, loadConfig } from '../temporal.config.ts';
import { makeGatewayFiles } from '../workers/demo-gateways.ts';
import { demoNetwork } from '../workers/demo-network.ts';
import { openDesk } from '../workers/application.ts';
import { processLog } from '../workers/log.ts';
import { Resources } from '../workers/resources.ts';
import { codecUrl } from '../workers/codec-server.ts';
import { makeKeys } from '../workers/setup.ts';
import { runDemo } from './demo.ts';
import { startEngines } from './engines/index.ts';
import { ourListeners } from './our-listeners.ts';
import { Unavailable } from './engines/unavailable.ts';
import { acquireLock } from './lock.ts';
import { postgresPassword } from './postgres-password.ts';
import { createPki } from './pki.ts';
import { readStartOptions, START_HELP, StartUsageError } from './start-options.ts';
import { stopAsked } from './stop-asked.ts';
import { startProcess } from './supervisor.ts';

const WORKERS = [
  'orchestrator',
  'operator',
  'ota',
  'reconciler',
  'event-router',
  'outbox-relay',
  'codec-server',
] as const;
/** What stands at the operators; a real one brings its own. */
const OPERATORS = ['simulated-operators', 'gateway', 'simulated-smsc'] as const;

/** What has been started, in order; stopped in the reverse order, each part once. */
class Started {
  readonly #parts: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  #stopping: Promise<void> | undefined;

  add(name: string, stop: () => Promise<void> | void): void {
    this.#parts.push({ name, stop });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const { name, stop } of [...this.#parts].reverse()) {
      try {
        await stop();
      } catch (cause) {
        say(`${name} did not stop in order: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(once: boolean): Promise<number> {
  const config = loadConfig();
  const started = new Started();
  const asked = stopAsked();
  const { settings, dataFolder } = config;
  const lock = acquireLock(dataFolder);
  started.add('the lock', () => {
    lock.release();
  });
  try {
    const clock = stopwatch();
    makeKeys(config);
    await createPki(join(dataFolder, 'pki'));
    makeGatewayFiles(config);
    const engines = await startEngines({
      signal: asked.abort,
      dataFolder,
      ports: {
        ...{
          temporal: settings.TEMPORAL_PORT,
          temporalUi: settings.TEMPORAL_UI_PORT,
          postgres: settings.POSTGRES_PORT,
        },
        ...{ kafka: settings.KAFKA_PORT, kafkaController: settings.KAFKA_CONTROLLER_PORT },
      },
      alsoListening: ourListeners(settings),
      temporalCodecUrl: codecUrl(settings.CODEC_SERVER_PORT),
      external: {
        temporalAddress: config.temporal.external ? config.temporal.address : undefined,
        kafkaBrokers: config.kafka.external ? config.kafka.brokers : undefined,
        databaseUrl: config.database.external ? config.database.url : undefined,
      },
      temporalSqliteSynchronous: settings.TEMPORAL_SYNCHRONOUS,
      postgresPassword: postgresPassword(config.keys.postgresPassword),
      temporalCli: settings.TEMPORAL_CLI,
      log: say,
    });
    started.add('the engines', () => engines.stop());
    if (asked.now()) {
      await ended(started);
      return EXIT.interrupted;
    }
    say(`engines ready after ${clock()}`);

    const desk = openDesk(new Resources(config, processLog('start', 'error'), 'start'));
    started.add('the desk', () => desk.close());
    await desk.setUp();
    await desk.registerNetwork(demoNetwork(config));
    await startProcesses(config.dataFolder, started);
    if (asked.now()) {
      await ended(started);
      return EXIT.interrupted;
    }
    say(`processes ready after ${clock()}; logs are in ${join(dataFolder, 'logs')}`);

    const exitCode = await Promise.race([
      runDemo(desk, config, { output: process.stdout, staysUp: !once }),
      asked.signal.then(() => EXIT.interrupted),
    ]);
    if (!once && !asked.now()) {
      say('\nEverything stays up. Ctrl-C stops it.');
      await asked.signal;
    }
    await ended(started);
    return exitCode;
  } catch (cause) {
    if (asked.now()) {
      await ended(started);
      return EXIT.interrupted;
    }
    await started.stop();
    throw cause;
  }
}

async function ended(started: Started): Promise<void> {
  const clock = stopwatch();
  say('stopping');
  await started.stop();
  say(`stopped after ${clock()}`);
}

/** Few processes: all workers in one, all that stands at operators in another; workers stop first. */
async function startProcesses(dataFolder: string, started: Started): Promise<void> {
  const start = async (name: string, roles: readonly string[]) => ({
    name,
    process: await startProcess({
      name,
      command: process.execPath,
      args: [join(__dirname, '..', 'workers', 'rehome.js'), 'serve', ...roles],
      env: process.env,
      logFile: join(dataFolder, 'logs', `${name}.log`),
      restart: true,
      log: say,
    }),
  });
  const outcomes = await Promise.allSettled([start('simulators', OPERATORS), start('workers', WORKERS)]);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') started.add(outcome.value.name, () => outcome.value.process.stop());
  }
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function stopwatch(): () => string {
  const begin = Date.now();
  return () => `${((Date.now() - begin) / 1_000).toFixed(1)} s`;
}

// Who read this may be gone; stopping in order goes on.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

run().then(
  (exitCode) => {
    process.exit(exitCode);
  },
  (cause: unknown) => {
    if (cause instanceof StartUsageError) {
      say(cause.message);
      process.exit(EXIT.usage);
    }
    if (cause instanceof Unavailable || cause instanceof ConfigurationError) say(cause.message);
    else say(explain(explainError(cause).explained));
    process.exit(cause instanceof Unavailable ? cause.exitCode : explainError(cause).exitCode);
  },
);

async function run(): Promise<number> {
  const { once, help } = readStartOptions(process.argv.slice(2));
  if (!help) return main(once);
  process.stdout.write(START_HELP);
  return EXIT.ok;
}
