import { linkSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const ABANDONED_MS = 10_000;

/** Runs work while no other set-up of this checkout does; a lock whose holder has died is taken over. */
export async function withLock(file, { onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  for (let holder = tryLock(file); holder !== undefined; holder = tryLock(file)) {
    if (!told) onWait(holder);
    told = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock and answers undefined, or answers the pid that holds it. */
export function tryLock(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, identityOf(process.pid));
  try {
    if (link(mine, file)) return undefined;
    const holder = readHolder(file);
    if (holder.alive) return holder.pid;
    return takeOver(file, mine);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Only one process at a time may remove a dead holder's lock, or the second would remove the first one's new lock. */
function takeOver(file, mine) {
  const mutex = `${file}.takeover`;
  if (!makeFolder(mutex)) return process.ppid;
  try {
    if (!readHolder(file).alive) rmSync(file, { force: true });
    return link(mine, file) ? undefined : readHolder(file).pid;
  } finally {
    rmdirSync(mutex);
  }
}

function makeFolder(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    if (cause.code !== 'EEXIST') throw cause;
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_MS) rmSync(folder, { recursive: true, force: true });
    return false;
  }
}

/** A hard link appears whole or not at all, so nobody reads a half-written holder. */
function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if (cause.code === 'EEXIST') return false;
    throw cause;
  }
}

function readHolder(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause.code === 'ENOENT') return { pid: 0, alive: false };
    throw cause;
  }
  const pid = Number.parseInt(text, 10);
  return { pid, alive: Number.isInteger(pid) && identityOf(pid) === text };
}

/** The pid with the time the process started, where the system tells it: a pid alone may have been given out again. */
export function identityOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${pid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[20]} ${boot}`;
  } catch {
    return isAlive(pid) ? `${pid}` : '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}
