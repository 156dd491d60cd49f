import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, loadConfig } from '../../temporal.config.ts';
import { Resources } from '../../workers/resources.ts';
import { makeKeys } from '../../workers/setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-resources-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const resourcesOf = (env: Readonly<Record<string, string>>): Resources =>
  new Resources(loadConfig(env), () => undefined, 'test');

test('a process without the keys of payloads does not start, and says which setting names them', () => {
  const resources = resourcesOf({ DATA_FOLDER: join(folder, 'nothing') });
  expect(() => resources.dataConverter).toThrow(ConfigurationError);
  expect(() => resources.dataConverter).toThrow(/payload-keys.*\(ENOENT\): set PAYLOAD_KEYS_FILE/);
});

test('a file that holds no keys is a fault of the configuration, whatever is to be done with payloads', () => {
  const path = join(folder, 'damaged');
  writeFileSync(path, 'no key');
  for (const PAYLOAD_ENCRYPTION of ['required', 'tolerant', 'off'])
    expect(() => resourcesOf({ PAYLOAD_KEYS_FILE: path, PAYLOAD_ENCRYPTION }).codec).toThrow(ConfigurationError);
});

test('set-up makes keys under which payloads are sealed without further settings', async () => {
  const env = { DATA_FOLDER: join(folder, 'data') };
  makeKeys(loadConfig(env));
  const [payload] = await resourcesOf(env).codec.encode([{ data: Buffer.from('plain') }]);
  expect(Buffer.from(payload?.metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
});

test('how payloads are sealed is one of three words', () => {
  expect(() => loadConfig({ PAYLOAD_ENCRYPTION: 'yes' })).toThrow('PAYLOAD_ENCRYPTION');
});
