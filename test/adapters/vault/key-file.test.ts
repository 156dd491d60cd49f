import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyFile, readKeyFile } from '../../../adapters/vault/key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-keys-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a key that is made is 256 random bits that only its owner can read', () => {
  const path = join(folder, 'new', 'index-key');
  createKeyFile(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  expect(readKeyFile(path).reveal()).toHaveLength(32);
  createKeyFile(join(folder, 'other-key'));
  expect(readKeyFile(join(folder, 'other-key')).reveal()).not.toEqual(readKeyFile(path).reveal());
});

test('a key that is there already is kept: what it sealed must still open', () => {
  const path = join(folder, 'kept');
  createKeyFile(path);
  const before = readFileSync(path, 'utf8');
  createKeyFile(path);
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test.each(['', 'secret-text', 'a1'.repeat(31), 'a1'.repeat(33), `${'a1'.repeat(31)}zz`])(
  'a file that holds no key is refused without quoting it: %#',
  (content) => {
    const path = join(folder, 'damaged');
    writeFileSync(path, content);
    expect(() => readKeyFile(path)).toThrow(`${path} does not hold a key: 64 hex digits are expected`);
  },
);

test('a key file that is missing is named', () => {
  expect(() => readKeyFile(join(folder, 'missing'))).toThrow(/ENOENT.*missing/);
});
