import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';

/** Free ports are picked below the range from which systems give out ports to outgoing connections. */
const FREE_PORTS: { readonly from: number; readonly to: number } = { from: 15_000, to: 32_000 };
const ATTEMPTS = 200;

/** The simulators of a run that was killed end within this time. */
const LEFT_BEHIND_MS = 6_500;
const ASK_AGAIN_MS = 100;

/** The port of every listener of the engines; 0 asks for a free one. */
export interface EnginePorts {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly kafka: number;
  readonly kafkaController: number;
  readonly postgres: number;
}

export const DEFAULT_PORTS: EnginePorts = {
  temporal: 7233,
  temporalUi: 8233,
  kafka: 9092,
  kafkaController: 9093,
  postgres: 5432,
};

export const FREE: EnginePorts = { temporal: 0, temporalUi: 0, kafka: 0, kafkaController: 0, postgres: 0 };

const PURPOSES: Readonly<Record<keyof EnginePorts, { purpose: string; setting: string }>> = {
  temporal: { purpose: 'Temporal', setting: 'TEMPORAL_PORT' },
  temporalUi: { purpose: 'the Temporal Web UI', setting: 'TEMPORAL_UI_PORT' },
  kafka: { purpose: 'Kafka', setting: 'KAFKA_PORT' },
  kafkaController: { purpose: "Kafka's controller", setting: 'KAFKA_CONTROLLER_PORT' },
  postgres: { purpose: 'PostgreSQL', setting: 'POSTGRES_PORT' },
};

/** Who will listen on a port, and the setting that moves it. */
export interface Listener {
  readonly port: number;
  readonly purpose: string;
  readonly setting: string;
}

/**
 * Picks the ports that are asked for as 0 and refuses those that are taken, all of them in one message. The other listeners are
 * processes of ours, which an earlier run may have left to end by themselves.
 */
export async function choosePorts(
  ports: EnginePorts,
  needed: readonly (keyof EnginePorts)[],
  others: readonly Listener[] = [],
): Promise<EnginePorts> {
  const fixed = needed.filter((name) => ports[name] !== 0);
  const engines = fixed.map((name) => ({ port: ports[name], ...PURPOSES[name] }));
  const listeners = [...engines, ...others];
  const faults = await Promise.all(
    listeners.map(async ({ port, purpose, setting }, index) => {
      const twin = listeners.find((other, place) => place !== index && other.port === port);
      if (twin !== undefined) return [`${setting} and ${twin.setting} are both ${port}: change one of them`];
      if (await (index < engines.length ? isFree(port) : isSoonFree(port))) return [];
      return [`port ${port} for ${purpose} is taken by another process: set ${setting} to a free port`];
    }),
  );
  if (faults.flat().length > 0) throw new Unavailable(`${faults.flat().join('\n')}\nNothing was started.`);

  const chosen: Record<keyof EnginePorts, number> = { ...ports };
  const used = new Set(listeners.map(({ port }) => port));
  for (const name of needed.filter((candidate) => ports[candidate] === 0)) {
    chosen[name] = await freePort(used);
    used.add(chosen[name]);
  }
  return chosen;
}

/** One that the system does not give to outgoing connections, so that it is still free when a process listens a while later. */
export async function freePort(except: ReadonlySet<number>, { from, to } = FREE_PORTS): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = from + Math.floor(Math.random() * (to - from));
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new Unavailable(`no free port was found between ${from} and ${to}`);
}

async function isSoonFree(port: number): Promise<boolean> {
  const deadline = Date.now() + LEFT_BEHIND_MS;
  while (!(await isFree(port))) {
    if (Date.now() > deadline) return false;
    await delay(ASK_AGAIN_MS);
  }
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, HOST, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
