import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { sandbox } from '../processes.ts';
import { inSetUp, literal } from './modules.ts';

const { folder, node } = sandbox();
const MODULE = join(__dirname, '../../../scripts/bootstrap/lock.mjs');

test('two set-ups at once work one after the other', async () => {
  const [lock, notes] = [join(folder, 'two.lock'), join(folder, 'notes')];
  const code = `import { withLock } from ${literal(MODULE)}; import { appendFileSync } from 'node:fs';
    await withLock(${literal(lock)}, { onWait: () => undefined }, async () => {
      appendFileSync(${literal(notes)}, 'begin ');
      await new Promise((resolve) => setTimeout(resolve, 200));
      appendFileSync(${literal(notes)}, 'end ');
    });`;
  appendFileSync(notes, '');
  await Promise.all([node(code), node(code), node(code)].map((child) => once(child, 'exit')));
  expect(readFileSync(notes, 'utf8')).toBe('begin end begin end begin end ');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a set-up that was killed is taken over', () => {
  const lock = join(folder, 'killed.lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(lock, `${pid} 12345 boot`);
  const taken = `return it.withLock(${literal(lock)}, { onWait: () => undefined }, async () => 'done')`;
  expect(inSetUp('lock.mjs', taken)).toBe('done');
});
