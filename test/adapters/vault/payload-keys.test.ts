import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPayloadKeys, readPayloadKeys } from '../../../adapters/vault/payload-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-payload-keys-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(text: string): string {
  const path = join(folder, 'given');
  writeFileSync(path, text);
  return path;
}

const ONE = '1a'.repeat(32);
const TWO = '2B'.repeat(32);

test('keys keep the order of their file, since the first is the one that seals', () => {
  const keys = readPayloadKeys(fileWith(`# new since Monday\n2026-11 ${TWO}\n\n  2026-10\t${ONE}  \n`));
  expect(keys.map(({ id, key }) => [id, Buffer.from(key.reveal()).toString('hex')])).toEqual([
    ['2026-11', TWO.toLowerCase()],
    ['2026-10', ONE],
  ]);
});

test('a file that is made holds one random key that only its owner can read, named after the day', () => {
  const path = join(folder, 'made');
  createPayloadKeys(path);
  const [key, ...others] = readPayloadKeys(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(key.id).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(key.key.reveal()).toHaveLength(32);
  expect(others).toEqual([]);
});

test('a file that is there already is kept: what its keys sealed must still open', () => {
  const path = join(folder, 'kept');
  createPayloadKeys(path);
  const before = readFileSync(path, 'utf8');
  createPayloadKeys(path);
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test.each([
  ['an id without a key', `a ${ONE}\nb\n`, 'line 2 of'],
  ['a key without an id', `${ONE}\n`, 'line 1 of'],
  ['a key that is too short', `a ${ONE.slice(2)}\n`, 'line 1 of'],
  ['a key that is no hex', `a ${'zz'.repeat(32)}\n`, 'line 1 of'],
  ['an id with a space', `a b ${ONE}\n`, 'line 1 of'],
  ['one id twice', `a ${ONE}\na ${TWO}\n`, 'two keys with the id a'],
  ['no key at all', '# none yet\n', 'holds no key'],
])('a file with %s is refused, and no key is quoted', (_what, text, told) => {
  const path = fileWith(text);
  expect(() => readPayloadKeys(path)).toThrow(told);
  expect(() => readPayloadKeys(path)).toThrow(path);
  expect(() => readPayloadKeys(path)).not.toThrow(/1a1a|2B2B|zzzz/);
});

test('a file that is missing is named', () => {
  expect(() => readPayloadKeys(join(folder, 'missing'))).toThrow(/missing.*can't be read \(ENOENT\)/);
});
