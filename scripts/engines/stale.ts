import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ENGINE_NAMES, type EngineName } from './engine.ts';
import { commandLineOf, endProcess, isAlive } from './process-table.ts';

const GRACE_MS = 6_000;

const STOP_SIGNALS: Readonly<Record<EngineName, NodeJS.Signals>> = {
  temporal: 'SIGTERM',
  kafka: 'SIGTERM',
  postgres: 'SIGINT',
};

/** Notes who runs on this data folder, for a later start to find after a crash. */
export function writePidFile(dataFolder: string, name: EngineName, pid: number): void {
  mkdirSync(join(dataFolder, 'run'), { recursive: true });
  writeFileSync(pidFile(dataFolder, name), `${pid}\n`);
}

export function removePidFile(dataFolder: string, name: EngineName): void {
  rmSync(pidFile(dataFolder, name), { force: true });
}

/** Ends the engines that a crashed run left on this data folder. Only the holder of the folder's lock may call it. */
export async function endStaleEngines(dataFolder: string, log: (line: string) => void): Promise<void> {
  await Promise.all(
    ENGINE_NAMES.map(async (name) => {
      const pid = readPid(pidFile(dataFolder, name));
      if (pid !== undefined && runsOn(pid, join(dataFolder, name))) {
        log(`ending ${name} (pid ${pid}), which an earlier run left behind`);
        await endProcess(pid, { signal: STOP_SIGNALS[name], graceMs: GRACE_MS });
      }
      removePidFile(dataFolder, name);
    }),
  );
}

/** Whether this process works on this folder: a pid alone may meanwhile belong to anybody. */
export function runsOn(pid: number, folder: string): boolean {
  return isAlive(pid) && commandLineOf(pid).includes(`${folder}${sep}`);
}

/** The pid on the first line of a file, or undefined. */
export function readPid(file: string): number | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

const pidFile = (dataFolder: string, name: EngineName) => join(dataFolder, 'run', `${name}.pid`);
