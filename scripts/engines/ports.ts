import { createServer } from 'node:net';
import { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';

/** Free ports are picked below the range from which systems give out ports to outgoing connections. */
const FREE_PORTS = { from: 15_000, to: 32_000 } as const;
const ATTEMPTS = 200;

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

/** Picks the ports that are asked for as 0 and refuses those that are taken, all of them in one message. */
export async function choosePorts(ports: EnginePorts, needed: readonly (keyof EnginePorts)[]): Promise<EnginePorts> {
  const fixed = needed.filter((name) => ports[name] !== 0);
  const faults: string[] = [];
  for (const name of fixed) {
    const { purpose, setting } = PURPOSES[name];
    const twin = fixed.find((other) => other !== name && ports[other] === ports[name]);
    if (twin !== undefined) {
      faults.push(`${setting} and ${PURPOSES[twin].setting} are both ${ports[name]}: change one of them`);
    } else if (!(await isFree(ports[name]))) {
      faults.push(`port ${ports[name]} for ${purpose} is taken by another process: set ${setting} to a free port`);
    }
  }
  if (faults.length > 0) throw new Unavailable(`${faults.join('\n')}\nNothing was started.`);

  const chosen: Record<keyof EnginePorts, number> = { ...ports };
  const used = new Set(fixed.map((name) => ports[name]));
  for (const name of needed.filter((candidate) => ports[candidate] === 0)) {
    chosen[name] = await freePort(used);
    used.add(chosen[name]);
  }
  return chosen;
}

async function freePort(except: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FREE_PORTS.from + Math.floor(Math.random() * (FREE_PORTS.to - FREE_PORTS.from));
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new Unavailable(`no free port was found between ${FREE_PORTS.from} and ${FREE_PORTS.to}`);
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
