import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandbox } from '../processes.ts';
import { inSetUp, literal } from './modules.ts';

const { folder } = sandbox();
const file = (name: string) => join(folder, name);

const COMPILER = { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', types: [], rootDir: '.' };

beforeAll(() => {
  mkdirSync(file('cli'));
  symlinkSync(join(__dirname, '../../../node_modules'), file('node_modules'));
  writeFileSync(file('package.json'), '{}');
  writeFileSync(file('package-lock.json'), '{}');
  writeFileSync(file('tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, include: ['cli'] }));
  const incremental = { outDir: 'dist', incremental: true, tsBuildInfoFile: 'dist/.tsbuildinfo' };
  writeFileSync(
    file('tsconfig.build.json'),
    JSON.stringify({ extends: './tsconfig.json', compilerOptions: incremental }),
  );
  writeFileSync(file('cli/first.ts'), 'export const first = 1;\n');
  writeFileSync(file('cli/second.ts'), 'export const second = 2;\n');
  build();
}, 60_000);

const isCurrent = () => inSetUp('build.mjs', `return it.buildIsCurrent(${literal(folder)})`);
const build = () =>
  inSetUp('build.mjs', `const quiet = { step: (a, b, work) => work() }; return it.build(${literal(folder)}, quiet)`);

test('what was just built is current', () => {
  expect(isCurrent()).toBe(true);
});

test('a file whose time alone changed does not ask for a build', () => {
  utimesSync(file('cli/first.ts'), new Date(), new Date());
  expect(isCurrent()).toBe(true);
});

test('an edited file, a new file and a changed lock file each ask for a build', () => {
  writeFileSync(file('cli/first.ts'), 'export const first = 11;\n');
  expect(isCurrent()).toBe(false);
  writeFileSync(file('cli/first.ts'), 'export const first = 1;\n');
  expect(isCurrent()).toBe(true);
  writeFileSync(file('cli/third.ts'), 'export const third = 3;\n');
  expect(isCurrent()).toBe(false);
  rmSync(file('cli/third.ts'));
  writeFileSync(file('package-lock.json'), '{"changed":true}');
  expect(isCurrent()).toBe(false);
  writeFileSync(file('package-lock.json'), '{}');
});

test('a deleted source takes its compiled file with it', () => {
  rmSync(file('cli/second.ts'));
  expect(isCurrent()).toBe(false);
  build();
  expect(existsSync(file('dist/cli/second.js'))).toBe(false);
  expect(isCurrent()).toBe(true);
}, 60_000);

test('a deleted compiled file is made again', () => {
  rmSync(file('dist/cli/first.js'));
  expect(isCurrent()).toBe(false);
  build();
  expect(existsSync(file('dist/cli/first.js'))).toBe(true);
}, 60_000);

test('sources that do not compile are reported and do not count as built', () => {
  writeFileSync(file('cli/wrong.ts'), 'export const wrong: number = "text";\n');
  expect(build()).toMatchObject({ message: expect.stringContaining('TS2322') as string });
  expect(isCurrent()).toBe(false);
  rmSync(file('cli/wrong.ts'));
}, 60_000);
