import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { StandardOutput } from '../../workers/standard-output.ts';

test('what is written is there when the output is finished', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-output-'));
  const file = join(folder, 'out');
  const output = new StandardOutput(createWriteStream(file));
  output.write('one\n');
  output.write('two\n');
  expect(await output.finish()).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  rmSync(folder, { recursive: true });
});

test('a disk that is full is told at the end', async () => {
  const output = new StandardOutput(createWriteStream('/dev/full'));
  output.write('lost\n');
  expect(await output.finish()).toMatchObject({ code: 'ENOSPC' });
});

test('a reader that has seen enough is no failure', async () => {
  const stream = new PassThrough();
  const output = new StandardOutput(stream);
  stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  output.write('unread\n');
  expect(await output.finish()).toBeUndefined();
});

test('colour is for terminals that have it', () => {
  const terminal = (colours: boolean) => Object.assign(new PassThrough(), { isTTY: true, hasColors: () => colours });
  expect(new StandardOutput(terminal(true)).hasColors()).toBe(true);
  expect(new StandardOutput(terminal(false)).hasColors()).toBe(false);
  expect(new StandardOutput(new PassThrough()).hasColors()).toBe(false);
});
