import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineRunner, type UnexpectedExit } from '../../../scripts/engines/engine-runner.ts';
import type { Engine } from '../../../scripts/engines/engine.ts';
import { isAlive } from '../../../scripts/engines/process-table.ts';
import { Unavailable } from '../../../scripts/engines/unavailable.ts';
import { eventually, sandbox } from '../processes.ts';

const { folder } = sandbox();

function runnerOf(name: string, code: string, ready = () => true) {
  const dataFolder = join(folder, name);
  const said: string[] = [];
  const exits: UnexpectedExit[] = [];
  const engine: Engine = {
    name: 'kafka',
    command: { command: process.execPath, args: ['-e', code], cwd: dataFolder, env: {} },
    stopSignal: 'SIGTERM',
    prepare: () => Promise.resolve(),
    checkReady: () => (ready() ? Promise.resolve() : Promise.reject(new Error('not yet'))),
  };
  const options = {
    dataFolder,
    log: (line: string) => said.push(line),
    onUnexpectedExit: (exit: UnexpectedExit) => exits.push(exit),
  };
  return { runner: new EngineRunner(engine, options), dataFolder, said, exits };
}

const LIVES_ON = 'setTimeout(() => {}, 60_000)';

test('an engine that is killed is started again, with a line to the log', async () => {
  const { runner, said, exits } = runnerOf('killed', LIVES_ON);
  await runner.start();
  const first = Number(runner.pid);
  process.kill(first, 'SIGKILL');
  await eventually('the engine is back', () => said.some((line) => line.startsWith('kafka is back')));
  expect(said[0]).toContain('kafka died (SIGKILL): starting it again');
  expect(exits).toEqual([{ name: 'kafka', detail: 'SIGKILL', restarting: true }]);
  const second = Number(runner.pid);
  expect(second).not.toBe(first);
  await runner.stop();
  expect(isAlive(second)).toBe(false);
});

test('an engine that dies again and again stays down after five restarts', async () => {
  const flag = join(folder, 'broken');
  const { runner, exits } = runnerOf(
    'dies',
    `if (require('fs').existsSync(${JSON.stringify(flag)})) process.exit(3); ${LIVES_ON}`,
  );
  await runner.start();
  writeFileSync(flag, '');
  process.kill(Number(runner.pid), 'SIGKILL');
  await eventually('it is given up', () => exits.some(({ restarting }) => !restarting));
  expect(exits.map(({ restarting }) => restarting)).toEqual([true, true, true, true, true, false]);
  await runner.stop();
});

test('an engine that cannot start is reported with the end of its log', async () => {
  const { runner } = runnerOf('cannot', 'console.error("the disk is full"); process.exit(5)', () => false);
  const failure = runner.start();
  await expect(failure).rejects.toThrow(/kafka ended while starting \(exit code 5\)[^]*the disk is full/);
  await expect(failure).rejects.toBeInstanceOf(Unavailable);
});

test('a program that is not there is reported, not waited for', async () => {
  const { runner } = runnerOf('absent', '');
  const absent = new EngineRunner(
    {
      ...runner.engine,
      command: { ...runner.engine.command, command: join(folder, 'no-such-program') },
      checkReady: () => Promise.reject(new Error()),
    },
    runner.options,
  );
  await expect(absent.start()).rejects.toThrow('ENOENT');
});

test('a start that is stopped half-way leaves nothing running', async () => {
  const { runner } = runnerOf('stopped', LIVES_ON, () => false);
  const started = runner.start();
  started.catch(() => undefined);
  await eventually('it runs', () => runner.pid !== undefined);
  const pid = Number(runner.pid);
  await runner.stop();
  await expect(started).rejects.toThrow('stopped before it was ready');
  expect(isAlive(pid)).toBe(false);
});

test('the pid file stands while the engine runs and is gone afterwards', async () => {
  const { runner, dataFolder } = runnerOf('pid-file', LIVES_ON);
  await runner.start();
  const file = join(dataFolder, 'run', 'kafka.pid');
  expect(Number(readFileSync(file, 'utf8'))).toBe(runner.pid);
  await runner.stop();
  expect(existsSync(file)).toBe(false);
});
