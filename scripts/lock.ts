import { linkSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isErrno } from './engines/process-table.ts';
import { Unavailable } from './engines/unavailable.ts';

const TAKE_OVER_ABANDONED_MS = 10_000;

/** Somebody else works on this data folder. */
export class AlreadyRunning extends Unavailable {
  override readonly name = 'AlreadyRunning';

  constructor(
    readonly dataFolder: string,
    readonly pid: number,
  ) {
    super(
      `another run (pid ${pid}) uses the data folder ${dataFolder}: nothing was started or changed. ` +
        'Use that one, stop it first, or set another data folder',
    );
  }
}

export interface Lock {
  release(): void;
}

/** Takes the data folder for this process; the lock of a process that has died is taken over. */
export function acquireLock(dataFolder: string): Lock {
  const folder = join(dataFolder, 'run');
  const file = join(folder, 'lock');
  const mine = `${file}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(mine, identityOf(process.pid) ?? '');
  try {
    const holder = linkIfAbsent(mine, file) ? undefined : takeOver(file, mine);
    if (holder !== undefined) throw new AlreadyRunning(dataFolder, holder);
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

/** Answers the pid of the living holder, or undefined once the lock is ours. */
function takeOver(file: string, mine: string): number | undefined {
  const holder = holderOf(file);
  if (holder?.alive === true) return holder.pid;
  // One at a time: the second would otherwise remove the lock that the first has just taken.
  const mutex = `${file}.takeover`;
  if (!makeFolder(mutex)) return holder?.pid ?? 0;
  try {
    const stillHeld = holderOf(file);
    if (stillHeld?.alive === true) return stillHeld.pid;
    rmSync(file, { force: true });
    return linkIfAbsent(mine, file) ? undefined : holderOf(file)?.pid;
  } finally {
    rmdirSync(mutex);
  }
}

function makeFolder(folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > TAKE_OVER_ABANDONED_MS) rmdirSync(folder);
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) return false;
    throw cause;
  }
}

/** A hard link appears whole or not at all, so nobody reads a half-written holder. */
function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) return false;
    throw cause;
  }
}

function holderOf(file: string): { pid: number; alive: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw cause;
  }
  const pid = Number.parseInt(text, 10);
  return { pid, alive: Number.isInteger(pid) && identityOf(pid) === text };
}
