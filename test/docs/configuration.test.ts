import { ConfigurationError, loadConfig, Settings } from '../../temporal.config.ts';
import { codeOf, plain, readText, tableOf } from './documents.ts';

const configuration = { path: 'docs/configuration.md', text: readText('docs/configuration.md') };

/** Of the reader of these tests nothing may be read. */
const NO_FILE = '/nowhere/temporal.toml';

/** A setting as the table has to show it: its name, its default or nothing, and its meaning. */
function rowOf([name, setting]: [string, (typeof Settings.shape)[keyof typeof Settings.shape]]): string[] {
  const { data } = setting.safeParse(undefined);
  return [`\`${name}\``, data === undefined ? '' : `\`${String(data)}\``, setting.description ?? ''];
}

function faultsOf(env: Readonly<Record<string, string>>): string[] {
  try {
    loadConfig({ TEMPORAL_CONFIG_FILE: NO_FILE, ...env });
  } catch (cause) {
    if (cause instanceof ConfigurationError)
      return cause.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw cause;
  }
  return [];
}

test('the page lists every setting with its default and meaning, and nothing else', () => {
  expect(tableOf(configuration, 'setting', 'default', 'meaning')).toEqual(Object.entries(Settings.shape).map(rowOf));
});

test('every name of Temporal’s own settings on the page is one that its library reads', () => {
  const library = readText('node_modules/@temporalio/envconfig/lib/envconfig-toml.js');
  const named = tableOf(configuration, 'name', 'meaning').flatMap(([names]) => plain(names).split(', '));
  expect(named).toContain('TEMPORAL_ADDRESS');
  for (const name of named) expect(library).toContain(`'${name.replace('META_NAME', 'META_')}'`);
});

test('every setting that a document names is one of the table, or one of Temporal’s', () => {
  const temporal = tableOf(configuration, 'name', 'meaning').flatMap(([names]) => plain(names).split(', '));
  const texts = [
    'README.md',
    'docs/own-clusters.md',
    'docs/commands.md',
    'docs/operations.md',
    'docs/failures.md',
    'docs/architecture.md',
    'simulators/README.md',
  ].map(readText);
  const prefix = /^(TEMPORAL|KAFKA|DATABASE|POSTGRES|OPERATOR|STEP|ATTACH|RELEASE|SIMULATOR|LOG|KEY|INDEX)_[A-Z_0-9]+$/;
  const failures = readText('workflows/shared/failure-codes.ts');
  const named = texts
    .flatMap(codeOf)
    .flatMap((code) => code.split(/[\s=]+/))
    .filter((word) => prefix.test(word) && !failures.includes(word));
  expect(named.filter((name) => !Object.hasOwn(Settings.shape, name) && !temporal.includes(name))).toEqual([]);
});

test('an empty environment is a usable configuration: the engines of this machine', () => {
  expect(faultsOf({})).toEqual([]);
});

test('a wrong configuration is told all its faults at once, each with the name of its setting', () => {
  const faults = faultsOf({
    KAFKA_PORT: 'many',
    DATABASE_URL: 'mysql://db.example/rehome',
    LOG_LEVEL: 'loud',
    TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/client.crt',
  });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual(['KAFKA_PORT', 'DATABASE_URL', 'LOG_LEVEL', 'TEMPORAL_*']);
});

test('settings that need each other are told so, and a file that can not be read is named', () => {
  expect(faultsOf({ KAFKA_SASL_USERNAME: 'rehome' }).map((fault) => fault.split(':')[0])).toEqual([
    'KAFKA_SASL_MECHANISM',
    'KAFKA_SASL_PASSWORD_FILE',
  ]);
  expect(faultsOf({ INDEX_KEY_FILE: '/nowhere/index-key' })).toEqual([
    expect.stringMatching(/^INDEX_KEY_FILE: .*\/nowhere\/index-key/),
  ]);
});

test('a setting that should be a number is told so in plain words', () => {
  expect(faultsOf({ KAFKA_PORT: 'many' })).toEqual(['KAFKA_PORT: is not a number']);
});

test('a pool of one connection is refused: who holds a lock with it could do nothing more', () => {
  expect(faultsOf({ DATABASE_POOL_SIZE: '1' })).toEqual([expect.stringMatching(/^DATABASE_POOL_SIZE: .*>=2/)]);
  expect(faultsOf({ DATABASE_POOL_SIZE: '2' })).toEqual([]);
});

test('an empty setting counts as not set', () => {
  expect(loadConfig({ TEMPORAL_CONFIG_FILE: NO_FILE, TEMPORAL_ADDRESS: '', KAFKA_PORT: '' }).settings.KAFKA_PORT).toBe(
    19_092,
  );
});
