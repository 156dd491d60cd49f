import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../../scripts/engines/process-table.ts';
import { endStaleEngines, writePidFile } from '../../../scripts/engines/stale.ts';
import { eventuallyGone, firstOutput, sandbox } from '../processes.ts';

const { folder, node } = sandbox();
const LIVES_ON = 'console.log("here"); setTimeout(() => {}, 60_000);';

test('an engine that a crashed run left on this data folder is ended before the next start', async () => {
  const dataFolder = join(folder, 'crashed');
  const engine = node(LIVES_ON, join(dataFolder, 'kafka', 'server.properties'));
  await firstOutput(engine);
  writePidFile(dataFolder, 'kafka', Number(engine.pid));

  const said: string[] = [];
  await endStaleEngines(dataFolder, (line) => said.push(line));
  await eventuallyGone(Number(engine.pid));
  expect(said).toEqual([`ending kafka (pid ${Number(engine.pid)}), which an earlier run left behind`]);
  expect(readdirSync(join(dataFolder, 'run'))).toEqual([]);
});

test('a process that got the pid of an engine, or works on another data folder, is left alone', async () => {
  const dataFolder = join(folder, 'mine');
  const other = node(LIVES_ON, join(folder, 'mine-too', 'kafka', 'server.properties'));
  await firstOutput(other);
  writePidFile(dataFolder, 'kafka', Number(other.pid));
  await endStaleEngines(dataFolder, () => undefined);
  expect(isAlive(Number(other.pid))).toBe(true);
});

test('a data folder that never ran anything needs no clearing', async () => {
  mkdirSync(join(folder, 'new'));
  await expect(endStaleEngines(join(folder, 'new'), () => undefined)).resolves.toBeUndefined();
});
