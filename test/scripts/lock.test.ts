import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { identityOf } from '../../scripts/engines/process-table.ts';
import { AlreadyRunning, acquireLock } from '../../scripts/lock.ts';
import { eventuallyGone, firstOutput, sandbox } from './processes.ts';

const { folder, node } = sandbox();
const HOLDS = 'console.log("here"); setTimeout(() => {}, 60_000);';

function lockedBy(dataFolder: string, holder: string): void {
  mkdirSync(join(dataFolder, 'run'), { recursive: true });
  writeFileSync(join(dataFolder, 'run', 'lock'), holder);
}

test('a second run on the same data folder is told the pid of the first', async () => {
  const dataFolder = join(folder, 'held');
  const holder = node(HOLDS);
  await firstOutput(holder);
  const pid = Number(holder.pid);
  lockedBy(dataFolder, identityOf(pid) ?? '');

  expect(() => acquireLock(dataFolder)).toThrow(AlreadyRunning);
  expect(() => acquireLock(dataFolder)).toThrow(`another run (pid ${pid}) uses the data folder ${dataFolder}`);
  expect(readdirSync(join(dataFolder, 'run'))).toEqual(['lock']);
});

test('the lock of a run that was killed is taken over', async () => {
  const dataFolder = join(folder, 'killed');
  const holder = node(HOLDS);
  await firstOutput(holder);
  lockedBy(dataFolder, identityOf(Number(holder.pid)) ?? '');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await eventuallyGone(Number(holder.pid));

  expect(() => {
    acquireLock(dataFolder).release();
  }).not.toThrow();
});

test('a pid that was given out again to another process does not hold the lock', () => {
  const dataFolder = join(folder, 'pid-again');
  lockedBy(dataFolder, `${process.pid} 1 an-earlier-boot`);
  expect(() => {
    acquireLock(dataFolder).release();
  }).not.toThrow();
});

test('an empty lock file, as a full disk leaves it, holds nobody up', () => {
  const dataFolder = join(folder, 'empty');
  lockedBy(dataFolder, '');
  expect(() => {
    acquireLock(dataFolder).release();
  }).not.toThrow();
});

test('a released lock is free for the next run', () => {
  const dataFolder = join(folder, 'released');
  const lock = acquireLock(dataFolder);
  expect(() => acquireLock(dataFolder)).toThrow(AlreadyRunning);
  lock.release();
  expect(existsSync(join(dataFolder, 'run', 'lock'))).toBe(false);
  acquireLock(dataFolder).release();
});
