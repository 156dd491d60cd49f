// `npm run fuzz`: every decoder under fire for as long as is asked for, each time with other inputs.
import { parseArgs } from 'node:util';
import type { FuzzTarget } from './target.ts';
import { FUZZ_TARGETS } from './targets.ts';
import { underFire, type Salvo } from './under-fire.ts';

const RUNS_A_SALVO = 5000;

interface Wish {
  readonly json: boolean;
  readonly seconds: number;
  readonly seed: number;
  readonly names: readonly string[];
}

/** The command line; throws what is wrong with it. */
function wished(): Wish {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds and --seed take numbers');
  return { json: values.json, seconds, seed, names: positionals };
}

interface Outcome extends Salvo {
  readonly name: string;
}

/** Salvo after salvo, each with the next seed, until the time is up or something is found. */
function besiege(target: FuzzTarget, { seconds, seed: firstSeed }: Wish): Outcome {
  const end = Date.now() + seconds * 1000;
  const total = { name: target.name, runs: 0, accepted: 0 };
  for (let seed = firstSeed; ; seed += 1) {
    const { runs, accepted, finding } = underFire(target, { seed, runs: RUNS_A_SALVO });
    total.runs += runs;
    total.accepted += accepted;
    if (finding !== undefined || Date.now() >= end) return { ...total, finding };
  }
}

function chosenTargets(names: readonly string[]): readonly FuzzTarget[] {
  const isNamed = (target: FuzzTarget, name: string) => target.name === name || target.name.split(' ')[0] === name;
  const unknown = names.filter((name) => !FUZZ_TARGETS.some((target) => isNamed(target, name)));
  if (unknown.length > 0) throw new Error(`no decoder is named ${unknown.join(', ')}`);
  return FUZZ_TARGETS.filter((target) => names.length === 0 || names.some((name) => isNamed(target, name)));
}

function told({ name, runs, accepted, finding }: Outcome): string {
  const counts = `${name.padEnd(30)} ${String(runs).padStart(10)} inputs ${String(accepted).padStart(9)} taken`;
  return finding === undefined ? `${counts}  nothing found` : `${counts}  FOUND ${finding.thrown} for ${finding.input}`;
}

function main(): number {
  const wish = wished();
  const { seconds, seed } = wish;
  const targets = chosenTargets(wish.names);
  const minutes = Math.ceil((targets.length * seconds) / 60);
  process.stderr.write(`${String(targets.length)} decoders, about ${String(minutes)} min, seed ${String(seed)}\n`);
  const outcomes = targets.map((target) => {
    const outcome = besiege(target, wish);
    process.stderr.write(`${told(outcome)}\n`);
    return outcome;
  });
  const found = outcomes.filter(({ finding }) => finding !== undefined).length;
  const inputs = outcomes.reduce((sum, { runs }) => sum + runs, 0);
  process.stdout.write(
    wish.json
      ? `${JSON.stringify({ seed, seconds, outcomes }, null, 2)}\n`
      : `${String(inputs)} inputs for ${String(targets.length)} decoders: ${String(found)} throw anything but a DecodeError\n`,
  );
  return found > 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 64;
}
