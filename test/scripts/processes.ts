import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../scripts/engines/process-table.ts';

const POLL_MS = 20;
const PATIENCE_MS = 10_000;

/** A folder of its own for one test file, removed afterwards together with the processes the tests started. */
export function sandbox(): { folder: string; node: (code: string, ...args: string[]) => ChildProcess } {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-scripts-'));
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    node: (code, ...args) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', code, '--', ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      started.push(child);
      return child;
    },
  };
}

/** Waits until something has come true, and fails with its name when it does not. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`still waiting after ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(POLL_MS);
  }
}

export const eventuallyGone = (pid: number): Promise<void> => eventually(`process ${pid} is gone`, () => !isAlive(pid));

/** The next thing a process says on stdout. */
export function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => {
      resolve(chunk.toString('utf8').trim());
    });
    child.once('exit', (code) => {
      reject(new Error(`the process ended (${String(code)}) before it said anything`));
    });
  });
}
