import { once } from 'node:events';
import { join } from 'node:path';
import { Guard } from '../../../scripts/engines/guard.ts';
import { isAlive } from '../../../scripts/engines/process-table.ts';
import { eventually, eventuallyGone, firstOutput, sandbox } from '../processes.ts';

const { node } = sandbox();
const GUARD = join(__dirname, '../../../scripts/engines/guard-process.mjs');

const LIVES_ON = 'console.log("here"); setTimeout(() => {}, 60_000);';
const IGNORES_SIGTERM = `process.on('SIGTERM', () => undefined); ${LIVES_ON}`;

/** A parent with a guard and one child in a group of its own; it tells the pids of both. */
const parentOf = (child: string) => `
  import { spawn } from 'node:child_process';
  const guard = spawn(process.execPath, [${JSON.stringify(GUARD)}], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  guard.stdin.write(JSON.stringify({ watch: { pid: child.pid, signal: 'SIGTERM', graceMs: 500 } }) + '\\n');
  child.stdout.once('data', () => console.log(JSON.stringify({ guard: guard.pid, child: child.pid })));
`;

const MEANS = [
  ['ends by itself', LIVES_ON],
  ['ignores SIGTERM', IGNORES_SIGTERM],
] as const;

for (const [how, code] of MEANS) {
  test(`a child that ${how} does not outlive a parent that was killed with SIGKILL`, async () => {
    const parent = node(parentOf(code));
    const { guard, child } = JSON.parse(await firstOutput(parent)) as { guard: number; child: number };
    expect(isAlive(child)).toBe(true);
    parent.kill('SIGKILL');
    await eventuallyGone(child);
    await eventuallyGone(guard);
  });
}

test('a guard that is killed is replaced, and the new one knows what to guard', async () => {
  const child = node(LIVES_ON);
  await firstOutput(child);
  const pid = Number(child.pid);
  const guard = new Guard();
  guard.watch({ pid, signal: 'SIGTERM', graceMs: 500 });
  const first = Number(guard.pid);
  process.kill(first, 'SIGKILL');
  await eventually('another guard runs', () => guard.pid !== first && guard.pid !== undefined);
  const second = Number(guard.pid);

  child.kill('SIGKILL');
  await once(child, 'exit');
  await guard.unwatch(pid);
  expect(isAlive(second)).toBe(false);
  expect(guard.pid).toBeUndefined();
});

test('a guard leaves alone what it no longer watches, and ends when nothing is left to watch', async () => {
  const child = node(LIVES_ON);
  await firstOutput(child);
  const guard = new Guard();
  guard.watch({ pid: Number(child.pid), signal: 'SIGKILL', graceMs: 500 });
  const pid = Number(guard.pid);
  await guard.unwatch(Number(child.pid));
  expect(isAlive(pid)).toBe(false);
  expect(isAlive(Number(child.pid))).toBe(true);
});
