// `npm run bench`: what a whole change costs beside the least a durable workflow can cost, alternating on the same engines.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import { SIMULATOR_ROLES, WORKER_ROLES, startTestSystem, type TestSystem } from '../support/test-system.ts';
import { cpuOf } from './cpu.ts';
import type { LoadResult } from './load.ts';
import { asMarkdown, report, type Round } from './report.ts';

const PERFORMANCE = 'docs/performance.md';
const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    'warm-up': { type: 'string', default: '500' },
    rounds: { type: 'string', default: '12' },
    each: { type: 'string', default: '100' },
    'at-once': { type: 'string', default: '50' },
  },
});
const rounds = Number(values.rounds);
const each = Number(values.each);
const atOnce = Number(values['at-once']);

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A process that runs load on demand. */
class Load {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [join(__dirname, script)], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.child;
    if (stdout === null) throw new Error(`${script} was started without a pipe`);
    const lines: Interface = createInterface({ input: stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('a load process ended; what it said stands above');
    return next.value;
  }

  async run(count: number): Promise<LoadResult> {
    this.child.stdin?.write(`${JSON.stringify({ count, atOnce })}\n`);
    return JSON.parse(await this.line()) as LoadResult;
  }

  stop(): void {
    this.child.stdin?.end();
  }
}

async function measure(system: TestSystem): Promise<ReturnType<typeof report>> {
  const floor = new Load('floor-load.js', system.environment);
  const changes = new Load('change-load.js', system.environment);
  const pid = ({ child }: Load) => child.pid ?? 0;
  const engine = (name: string) =>
    system.engines.processes.filter((process) => process.name === name).map((process) => process.pid);
  const groups = (load: Load) => ({
    'our processes': () => (load === floor ? [pid(floor)] : [pid(changes), ...system.pidsOf('workers')]),
    'Temporal server': () => engine('temporal'),
    PostgreSQL: () => engine('postgres'),
    Kafka: () => engine('kafka'),
    simulators: () => system.pidsOf('simulators'),
  });
  const round = async (load: Load, count: number): Promise<Round> => {
    const take = () => Object.fromEntries(Object.entries(groups(load)).map(([name, pids]) => [name, cpuOf(pids())]));
    const before = take();
    const result = await load.run(count);
    const after = take();
    return {
      load: result,
      cpu: Object.fromEntries(
        Object.entries(after).map(([name, time]) => [name, (time - (before[name] ?? 0)) / count]),
      ),
    };
  };

  await Promise.all([floor.line(), changes.line()]);
  // What a process compiles in its first seconds is no cost of a change: it runs for months.
  const warmUp = Number(values['warm-up']);
  say(`warming up with ${String(warmUp)} of each`);
  await round(floor, warmUp);
  await round(changes, warmUp);
  const pairs: { w0: Round; w1: Round }[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const w0 = await round(floor, each);
    const w1 = await round(changes, each);
    pairs.push({ w0, w1 });
    say(`round ${String(index + 1)} of ${String(rounds)}: W0 ${told(w0)}; W1 ${told(w1)}`);
  }
  floor.stop();
  changes.stop();
  return report(pairs);
}

/** One round in a line, so that a long run shows how it goes. */
const told = ({ load, cpu }: Round): string =>
  `${load.seconds.toFixed(1)} s, CPU-ms each: ${Object.entries(cpu)
    .map(([name, time]) => `${name} ${time.toFixed(0)}`)
    .join(', ')}`;

function writeFigures(figures: string): void {
  const text = readFileSync(PERFORMANCE, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${PERFORMANCE} has lost its marks ${BEGIN} and ${END}`);
  writeFileSync(PERFORMANCE, `${before}${BEGIN}\n\n${figures}\n${END}${after}`);
}

async function main(): Promise<void> {
  say(`starting engines, ${SIMULATOR_ROLES.join(', ')}, ${WORKER_ROLES.join(', ')}`);
  const system = await startTestSystem();
  try {
    const result = await measure(system);
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : asMarkdown(result));
    if (values.write) writeFigures(asMarkdown(result));
  } finally {
    await system.stop();
  }
}

main().then(
  () => process.exit(0),
  (cause: unknown) => {
    say(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    process.exit(1);
  },
);
