import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../scripts/engines/process-table.ts';
import { Unavailable } from '../../scripts/engines/unavailable.ts';
import { startProcess, type ProcessOptions } from '../../scripts/supervisor.ts';
import { eventually, sandbox } from './processes.ts';

const { folder } = sandbox();
const READY = 'console.log("ready worker");';
const LIVES_ON = `${READY} setTimeout(() => {}, 60_000);`;

function optionsOf(name: string, code: string): ProcessOptions & { said: string[] } {
  const said: string[] = [];
  const log = (line: string) => said.push(line);
  const logFile = join(folder, 'logs', `${name}.log`);
  return { name, command: process.execPath, args: ['-e', code], env: {}, logFile, restart: true, log, said };
}

test('a process counts as started once it has printed its ready line', async () => {
  const worker = await startProcess(optionsOf('late', `setTimeout(() => { ${LIVES_ON} }, 200)`));
  expect(isAlive(Number(worker.pid))).toBe(true);
  expect(readFileSync(join(folder, 'logs', 'late.log'), 'utf8')).toContain('ready worker');
  await worker.stop();
});

test('a process that is killed is started again', async () => {
  const options = optionsOf('killed', LIVES_ON);
  const worker = await startProcess(options);
  const first = Number(worker.pid);
  process.kill(first, 'SIGKILL');
  await eventually('it is back', () => options.said.some((line) => line.startsWith('killed is back')));
  expect(options.said[0]).toContain('killed ended (SIGKILL): starting it again');
  expect(worker.pid).not.toBe(first);
  await worker.stop();
});

test('a process that must not be restarted stays down', async () => {
  const options = { ...optionsOf('once', LIVES_ON), restart: false };
  const worker = await startProcess(options);
  process.kill(Number(worker.pid), 'SIGKILL');
  await eventually('its end is said', () => options.said.length > 0);
  expect(worker.pid).toBeUndefined();
  await worker.stop();
});

test('a process that ends before it is ready is reported with the end of its log', async () => {
  const failure = startProcess(optionsOf('fails', 'console.error("no such role"); process.exit(2)'));
  await expect(failure).rejects.toThrow(/fails ended while starting \(exit code 2\)[^]*no such role/);
  await expect(failure).rejects.toBeInstanceOf(Unavailable);
});

test('stopping asks with SIGTERM first, so that a process can finish what it does', async () => {
  const note = join(folder, 'finished');
  const code = `process.on('SIGTERM', () => { require('fs').writeFileSync(${JSON.stringify(note)}, 'yes'); process.exit(0); }); ${LIVES_ON}`;
  writeFileSync(note, 'no');
  const worker = await startProcess(optionsOf('graceful', code));
  await worker.stop();
  expect(readFileSync(note, 'utf8')).toBe('yes');
});

test('stopping kills a process that does not react', async () => {
  const worker = await startProcess(optionsOf('deaf', `process.on('SIGTERM', () => undefined); ${LIVES_ON}`));
  const pid = Number(worker.pid);
  await worker.stop();
  expect(isAlive(pid)).toBe(false);
}, 15_000);

test('a process is told that it is guarded, and holds a pipe that ends with its parent', async () => {
  const code = `${READY} console.log(process.env.REHOME_GUARDED, require('fs').fstatSync(0).isFile()); setTimeout(() => {}, 60_000);`;
  const worker = await startProcess(optionsOf('guarded', code));
  const log = join(folder, 'logs', 'guarded.log');
  await eventually('it has told', () => readFileSync(log, 'utf8').includes('1 false'));
  await worker.stop();
});
