import { circlesOf } from './support/circles.ts';
import { importsOf, sourceFiles, sourceText, targetOf, type Import } from './support/imports.ts';
import { MAY_IMPORT } from './support/may-import.ts';

/** The only places that know the environment, each with what it needs of it. */
const READS_THE_ENVIRONMENT: Readonly<Record<string, string>> = {
  'temporal.config.ts': 'reads the settings',
  'scripts/test.mjs': 'chooses the folder for what tests write',
  'scripts/start.ts': 'hands the whole environment on to the processes that it starts',
  'scripts/bootstrap.mjs': 'runs before anything is installed',
  'scripts/bootstrap/packages.mjs': 'runs before anything is installed',
  'scripts/bootstrap/run.mjs': 'runs before anything is installed',
  'scripts/bootstrap/wheel.mjs': 'runs before anything is installed',
};

const MOST_LINES = 350;
const FOLDERS = Object.keys(MAY_IMPORT);
const FILES = [...FOLDERS.flatMap((folder) => sourceFiles(folder)), 'temporal.config.ts'];

describe('imports between folders', () => {
  for (const folder of FOLDERS) {
    test(`${folder}/ imports only what it may: ${['itself', ...(MAY_IMPORT[folder] ?? [])].join(', ')}`, () => {
      expect(forbidden(folder)).toEqual([]);
    });

    test(`${folder}/ uses every permission that it has`, () => {
      const used = new Set(importsOfFolder(folder).map((one) => one.folder));
      expect((MAY_IMPORT[folder] ?? []).filter((permission) => !used.has(permission))).toEqual([]);
    });
  }

  test('every folder with sources has its rule', () => {
    const ruled = new Set([...FOLDERS, 'test', 'docs', 'examples', 'console']);
    expect(
      sourceFiles('.')
        .flatMap((file) => (file.includes('/') ? [file.split('/')[0] ?? ''] : []))
        .filter((folder) => !ruled.has(folder)),
    ).toEqual([]);
  });
});

test('no file imports, by whatever way, one that imports it: types count too', () => {
  const imported = (file: string): string[] =>
    importsOf(file, sourceText(file)).flatMap(({ specifier }) => targetOf(file, specifier) ?? []);
  expect(circlesOf(new Map(FILES.map((file) => [file, imported(file)])))).toEqual([]);
});

describe('workflow code', () => {
  const loaded = loadedBy('workflows/index.ts');

  test('loads no zod, which would multiply the memory of every cached workflow', () => {
    expect(loaded.filter(({ specifier }) => /^zod(\/|$)/.test(specifier)).map(told)).toEqual([]);
  });

  test('loads no module of Node and no library but the SDK, also not by way of what it imports', () => {
    const foreign = loaded.filter(
      ({ specifier }) => !specifier.startsWith('.') && !/^@temporalio\/(workflow|common)$/.test(specifier),
    );
    expect(foreign.map(told)).toEqual([]);
  });

  test('takes from telecom/ nothing but types', () => {
    const values = importsOfFolder('workflows').filter((one) => one.folder === 'telecom' && !one.typeOnly);
    expect(values.map(told)).toEqual([]);
  });
});

describe('the environment', () => {
  const readers = [...FILES, ...sourceFiles('scripts', '.mjs')].filter((file) =>
    /process\.env\b/.test(sourceText(file)),
  );

  test('is read by temporal.config.ts alone, beside what runs before it can', () => {
    expect(readers.filter((file) => !Object.hasOwn(READS_THE_ENVIRONMENT, file))).toEqual([]);
  });

  test('is read by every file that is allowed to', () => {
    expect(Object.keys(READS_THE_ENVIRONMENT).filter((file) => !readers.includes(file))).toEqual([]);
  });

  test('is handed on whole by scripts/start.ts, which reads no setting of it', () => {
    expect(sourceText('scripts/start.ts').match(/process\.env\b.?/g)).toEqual(['process.env,']);
  });
});

test(`no source or test has more than ${String(MOST_LINES)} lines`, () => {
  const tooLong = [...FILES, ...sourceFiles('test')].filter(
    (file) => sourceText(file).split('\n').length > MOST_LINES + 1,
  );
  expect(tooLong).toEqual([]);
});

describe('these rules themselves', () => {
  const SAMPLE = `
    import { sql } from 'kysely';
    import type { Iccid } from '../telecom/identifiers/iccid.ts';
    import { type Imsi, parseImsi } from '../telecom/identifiers/imsi.ts';
    export { subscriptionChange } from './subscription-change.ts';
    import 'node:fs';
    const late = import('../activities/classify.ts');
    const old = require('../simulators/random.ts');`;

  test('see imports, type imports, re-exports, side effects, dynamic imports and require', () => {
    expect(importsOf('workflows/sample.ts', SAMPLE)).toEqual([
      { file: 'workflows/sample.ts', specifier: 'kysely', folder: 'kysely', typeOnly: false },
      { file: 'workflows/sample.ts', specifier: '../telecom/identifiers/iccid.ts', folder: 'telecom', typeOnly: true },
      { file: 'workflows/sample.ts', specifier: '../telecom/identifiers/imsi.ts', folder: 'telecom', typeOnly: false },
      { file: 'workflows/sample.ts', specifier: './subscription-change.ts', folder: 'workflows', typeOnly: false },
      { file: 'workflows/sample.ts', specifier: 'node:fs', folder: 'node:fs', typeOnly: false },
      { file: 'workflows/sample.ts', specifier: '../activities/classify.ts', folder: 'activities', typeOnly: false },
      { file: 'workflows/sample.ts', specifier: '../simulators/random.ts', folder: 'simulators', typeOnly: false },
    ]);
  });

  test('find a circle of three, and none in a chain', () => {
    const chain: [string, string[]][] = [
      ['a', ['b']],
      ['b', ['c']],
      ['c', []],
    ];
    expect(circlesOf(new Map(chain))).toEqual([]);
    expect(circlesOf(new Map([...chain, ['c', ['a']]]))).toEqual([['a', 'b', 'c']]);
  });

  test('find a forbidden import', () => {
    const sample = importsOf('workflows/sample.ts', SAMPLE);
    expect(breaking('workflows', sample).map(told)).toEqual([
      'workflows/sample.ts imports ../activities/classify.ts',
      'workflows/sample.ts imports ../simulators/random.ts',
    ]);
  });

  test('follow imports from file to file', () => {
    expect(loadedBy('adapters/vault/seal.ts').map(({ specifier }) => specifier)).toEqual(
      expect.arrayContaining(['node:crypto', '../../telecom/secret.ts']),
    );
    expect(loadedBy('services/event-router/event-router.ts').map(({ specifier }) => specifier)).toContain('zod');
  });
});

function forbidden(folder: string): string[] {
  return breaking(folder, importsOfFolder(folder)).map(told);
}

function breaking(folder: string, imports: readonly Import[]): Import[] {
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
  return imports.filter((one) => one.specifier.startsWith('.') && !allowed.includes(one.folder));
}

function importsOfFolder(folder: string): Import[] {
  return sourceFiles(folder).flatMap((file) => importsOf(file, sourceText(file)));
}

/** Everything that is loaded at run time when this file is: its imports, and theirs; types are gone by then. */
function loadedBy(file: string, seen = new Set<string>()): Import[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const values = importsOf(file, sourceText(file)).filter((one) => !one.typeOnly);
  return values.flatMap((one) => {
    const target = targetOf(file, one.specifier);
    return [one, ...(target === undefined ? [] : loadedBy(target, seen))];
  });
}

const told = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;
