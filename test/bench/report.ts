import type { LoadResult } from './load.ts';

/** Who the CPU time of a run is charged to, in ms per workflow. */
export type CpuSplit = Readonly<Record<string, number>>;

export interface Round {
  readonly load: LoadResult;
  readonly cpu: CpuSplit;
}

export interface Summary {
  readonly workflows: number;
  readonly perSecond: number;
  readonly cpu: CpuSplit;
  readonly historyEvents: number;
  readonly p50: number;
  readonly p99: number;
}

export interface BenchReport {
  readonly w0: Summary;
  readonly w1: Summary;
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** What counts: what we run, and the Temporal server. */
export const COUNTED = ['our processes', 'Temporal server'] as const;

const counted = (cpu: CpuSplit): number => COUNTED.reduce((sum, name) => sum + (cpu[name] ?? 0), 0);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? 0)) / 2;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function summarise(rounds: readonly Round[]): Summary {
  const latencies = rounds.flatMap(({ load }) => load.latencies);
  const names = [...new Set(rounds.flatMap(({ cpu }) => Object.keys(cpu)))];
  return {
    workflows: latencies.length,
    perSecond: latencies.length / rounds.reduce((sum, { load }) => sum + load.seconds, 0),
    cpu: Object.fromEntries(names.map((name) => [name, mean(rounds.map(({ cpu }) => cpu[name] ?? 0))])),
    historyEvents: mean(rounds.flatMap(({ load }) => load.historyEvents)),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** The ratio is the median of the rounds' own ratios, since each round ran both one after the other. */
export function report(pairs: readonly { readonly w0: Round; readonly w1: Round }[]): BenchReport {
  const ratios = pairs.map(({ w0, w1 }) => counted(w1.cpu) / counted(w0.cpu));
  return {
    w0: summarise(pairs.map(({ w0 }) => w0)),
    w1: summarise(pairs.map(({ w1 }) => w1)),
    ratio: median(ratios),
    ratios,
  };
}

/** The report as the table of `docs/performance.md`. */
export function asMarkdown({ w0, w1, ratio, ratios }: BenchReport): string {
  const names = [...new Set([...Object.keys(w0.cpu), ...Object.keys(w1.cpu)])];
  const row = (label: string, read: (summary: Summary) => string) => `| ${label} | ${read(w0)} | ${read(w1)} |`;
  return [
    '| | W0: bare workflow | W1: whole change |',
    '| --- | --- | --- |',
    row('workflows', ({ workflows }) => String(workflows)),
    row('per second', ({ perSecond }) => perSecond.toFixed(1)),
    ...names.map((name) => row(`CPU ms each: ${name}`, ({ cpu }) => (cpu[name] ?? 0).toFixed(1))),
    row('history events each', ({ historyEvents }) => historyEvents.toFixed(1)),
    row('latency p50, ms', ({ p50 }) => p50.toFixed(0)),
    row('latency p99, ms', ({ p99 }) => p99.toFixed(0)),
    '',
    `Ratio W1/W0 of (${COUNTED.join(' + ')}): **${ratio.toFixed(2)}** (rounds: ${ratios.map((one) => one.toFixed(2)).join(', ')})`,
    '',
  ].join('\n');
}
