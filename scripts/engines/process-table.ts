import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Whether a process with this pid exists and is not a zombie that waits for its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return isErrno(cause, 'EPERM');
  }
  return !/^State:\s+Z/m.test(readIfAny(`/proc/${pid}/status`) ?? '');
}

/** The command line of a process, its arguments separated by spaces; empty when there is no such process. */
export function commandLineOf(pid: number): string {
  const fromProc = readIfAny(`/proc/${pid}/cmdline`);
  if (fromProc !== undefined) return fromProc.replaceAll('\0', ' ').trim();
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

/** Tells one process from a later one with the same pid: the pid, its start time and the boot it belongs to. */
export function identityOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  const stat = readIfAny(`/proc/${pid}/stat`);
  // proc(5): the start time is field 22, the 20th after the name, which is in brackets and may hold spaces.
  const fromProc = stat?.slice(stat.lastIndexOf(')')).split(' ')[20];
  if (fromProc !== undefined) return `${pid} ${fromProc} ${readIfAny('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}`;
  const started = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return `${pid} ${started}`;
}

export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Asks a process to end and, when it has not after the grace period, kills its whole group. */
export async function endProcess(pid: number, options: { signal: NodeJS.Signals; graceMs: number }): Promise<void> {
  signalProcess(pid, options.signal);
  if (await waitForExit(pid, options.graceMs)) return;
  signalProcess(-pid, 'SIGKILL');
  signalProcess(pid, 'SIGKILL');
  await waitForExit(pid, options.graceMs);
}

/** Sends a signal; a process (or group, when negative) that is gone is no fault. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (!isErrno(cause, 'ESRCH')) throw cause;
  }
}

/** Whether a failure carries this code of the system (or of PostgreSQL). Not by class: jest has its own Error. */
export function isErrno(cause: unknown, code: string): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === code;
}

function readIfAny(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has gone, or the system has no /proc.
    return undefined;
  }
}
