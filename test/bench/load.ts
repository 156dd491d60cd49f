import { createInterface } from 'node:readline';

/** What one run of workflows showed: one entry per workflow. */
export interface LoadResult {
  readonly seconds: number;
  readonly latencies: readonly number[];
  readonly historyEvents: readonly number[];
}

/** One finished workflow. */
export interface Finished {
  readonly historyEvents: number;
}

/** Runs `count` jobs, at most `atOnce` at a time, and times each. */
export async function runLoad(count: number, atOnce: number, job: () => Promise<Finished>): Promise<LoadResult> {
  const latencies: number[] = [];
  const historyEvents: number[] = [];
  let left = count;
  const begin = performance.now();
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      const finished = await job();
      latencies.push(performance.now() - started);
      historyEvents.push(finished.historyEvents);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { seconds: (performance.now() - begin) / 1_000, latencies, historyEvents };
}

/** Serves a load process: `{"count","atOnce"}` lines on stdin, a `LoadResult` line on stdout for each; ends with stdin. */
export async function serveLoad(job: () => Promise<Finished>): Promise<void> {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const { count, atOnce } = JSON.parse(line) as { count: number; atOnce: number };
    process.stdout.write(`${JSON.stringify(await runLoad(count, atOnce, job))}\n`);
  }
}
