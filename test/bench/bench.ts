// `npm run bench`: what our codecs and sealed payloads cost beside bare cryptography, and what a whole change costs beside the least a durable workflow
// can cost, each alternating in one run.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import { SIMULATOR_ROLES, WORKER_ROLES, startTestSystem, type TestSystem } from '../support/test-system.ts';
import { codecsAsMarkdown, growth, measureCodecs } from './codec.ts';
import { cpuOf } from './cpu.ts';
import type { LoadResult } from './load.ts';
import { measurePayloads, payloadsAsMarkdown } from './payloads.ts';
import { asMarkdown, report, type Round } from './report.ts';

const PERFORMANCE = 'docs/performance.md';
const PARTS = ['codecs', 'payloads', 'changes'] as const;
const begin = (part: string) => `<!-- figures of ${part}: npm run bench -- --write -->`;
const end = (part: string) => `<!-- end of figures of ${part} -->`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    'warm-up': { type: 'string', default: '500' },
    rounds: { type: 'string', default: '12' },
    each: { type: 'string', default: '100' },
    'at-once': { type: 'string', default: '50' },
    payloads: { type: 'string', default: 'required' },
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

function writeFigures(part: string, figures: string): void {
  const text = readFileSync(PERFORMANCE, 'utf8');
  const [before, rest] = text.split(begin(part));
  const after = rest?.split(end(part))[1];
  if (before === undefined || after === undefined)
    throw new Error(`${PERFORMANCE} has lost its marks ${begin(part)} and ${end(part)}`);
  writeFileSync(PERFORMANCE, `${before}${begin(part)}\n\n${figures}\n${end(part)}${after}`);
}

/** What one part of the bench has found, for people and for programs. */
interface Found {
  readonly markdown: string;
  readonly json: unknown;
}

function benchCodecs(): Promise<Found> {
  say('codecs: OTA packets beside bare cryptography');
  const figures = measureCodecs(rounds, (round) => {
    say(`round ${String(round)} of ${String(rounds)}`);
  });
  return Promise.resolve({ markdown: codecsAsMarkdown(figures), json: { figures, growth: growth(figures) } });
}

function benchPayloads(): Promise<Found> {
  say('payloads: sealing and opening beside bare cryptography');
  const figures = measurePayloads(rounds);
  return Promise.resolve({ markdown: payloadsAsMarkdown(figures), json: figures });
}

const BENCHES = { codecs: benchCodecs, payloads: benchPayloads, changes: benchChanges };

async function benchChanges(): Promise<Found> {
  say(`changes: starting engines, ${SIMULATOR_ROLES.join(', ')}, ${WORKER_ROLES.join(', ')}`);
  const system = await startTestSystem({ PAYLOAD_ENCRYPTION: values.payloads });
  try {
    const result = await measure(system);
    return { markdown: asMarkdown(result), json: result };
  } finally {
    await system.stop();
  }
}

async function main(): Promise<void> {
  const unknown = positionals.filter((part) => !PARTS.some((known) => known === part));
  if (unknown.length > 0)
    throw new Error(
      `the bench has no part ${unknown.join(', ')}; it has ${PARTS.join(', ')}, and runs all when none is named`,
    );
  const found: Record<string, unknown> = {};
  for (const part of PARTS.filter((one) => positionals.length === 0 || positionals.includes(one))) {
    const { markdown, json } = await BENCHES[part]();
    found[part] = json;
    if (!values.json) process.stdout.write(`${markdown}\n`);
    if (values.write) writeFigures(part, markdown);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
}

main().then(
  () => process.exit(0),
  (cause: unknown) => {
    say(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    process.exit(1);
  },
);
