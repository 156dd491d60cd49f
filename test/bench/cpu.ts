import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const MILLISECONDS_PER_TICK = 10;

interface ProcessTimes {
  readonly parent: number;
  /** Own time and that of children that have ended. */
  readonly milliseconds: number;
}

/** CPU time so far of processes and all their descendants, in ms. */
export function cpuOf(pids: readonly number[]): number {
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const times = timesOf(Number(name));
        return times === undefined ? [] : [[Number(name), times] as const];
      }),
  );
  const belongs = (pid: number): boolean => pids.includes(pid) || (all.has(pid) && belongs(all.get(pid)?.parent ?? 0));
  return [...all]
    .filter(([pid]) => pid > 1 && belongs(pid))
    .reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0);
}

/** Fields 4 and 14 to 17 of /proc/PID/stat (proc(5)), counted behind the command name, which may hold anything. */
function timesOf(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { parent: fields[1] ?? 0, milliseconds: ticks * MILLISECONDS_PER_TICK };
  } catch {
    return undefined;
  }
}
