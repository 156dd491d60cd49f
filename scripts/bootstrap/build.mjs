import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listFiles, readJson, readText, sha256, writeWhole } from './files.mjs';
import { lockHash } from './packages.mjs';
import { mustRun } from './run.mjs';

const STATE = 'dist/.rehome-build.json';
const CONFIGS = ['tsconfig.json', 'tsconfig.build.json'];
const BUNDLE = 'dist/workflow-bundle.js';
const BUNDLED_FOLDERS = ['dist/workflows', 'dist/telecom'];

/** Whether dist/ is what the sources compile to. */
export function buildIsCurrent(root) {
  const sources = listSources(root);
  const state = readJson(join(root, STATE));
  if (state === undefined || missingOutputs(root, sources).length > 0) return false;
  if (state.stats !== statSignature(root, sources)) {
    if (state.contents !== contentSignature(root, sources)) return false;
    writeState(root, { ...state, stats: statSignature(root, sources) });
  }
  if (orphans(root, sources).length > 0) return false;
  return !hasWorkflows(root) || (existsSync(join(root, BUNDLE)) && state.bundle === bundleSignature(root));
}

export async function build(root, progress) {
  const sources = listSources(root);
  const before = { stats: statSignature(root, sources), contents: contentSignature(root, sources) };
  const state = readJson(join(root, STATE));
  const compiled =
    state !== undefined && state.contents === before.contents && missingOutputs(root, sources).length === 0;
  if (!compiled) await compile(root, { sources, progress });
  for (const file of orphans(root, sources)) rmSync(file);
  // The state was taken before compiling: what is edited meanwhile is found stale the next time.
  writeState(root, { ...before, bundle: state?.bundle ?? '' });
  const bundle = bundleSignature(root);
  if (hasWorkflows(root) && (state?.bundle !== bundle || !existsSync(join(root, BUNDLE)))) {
    await progress.step('bundling the workflows', 'workflows bundled', () =>
      mustRun('bundling', process.execPath, ['scripts/bundle-workflows.mjs'], { cwd: root, tailLines: 40 }),
    );
    writeState(root, { ...before, bundle });
  }
}

async function compile(root, { sources, progress }) {
  // The compiler does not write again what it remembers to have written, so it must forget when a file is gone.
  if (missingOutputs(root, sources).length > 0) rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
  await progress.step('compiling', 'compiled to dist/', () =>
    mustRun('compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
      cwd: root,
      tailLines: 40,
    }),
  );
}

export function listSources(root) {
  const include = readJson(join(root, 'tsconfig.json'))?.include ?? [];
  return include
    .flatMap((name) => listFiles(join(root, name)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !isTest(root, file));
}

const isTest = (root, file) => relative(root, file).startsWith('test') && file.endsWith('.test.ts');

const outputOf = (root, source) => join(root, 'dist', relative(root, source).replace(/\.ts$/, '.js'));

function missingOutputs(root, sources) {
  return sources.filter((source) => statSync(outputOf(root, source), { throwIfNoEntry: false }) === undefined);
}

/** Compiled files whose source is gone: a test or a folder scan would still find them. */
function orphans(root, sources) {
  const wanted = new Set(sources.map((source) => outputOf(root, source)));
  return listFiles(join(root, 'dist')).filter(
    (file) => file.endsWith('.js') && file !== join(root, BUNDLE) && !wanted.has(file),
  );
}

function statSignature(root, sources) {
  const lines = [...sources, ...CONFIGS.map((name) => join(root, name))].map((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return `${file} ${stat?.size} ${stat?.mtimeMs}`;
  });
  return sha256([lockHash(root), ...lines].join('\n'));
}

function contentSignature(root, sources) {
  const files = [...sources, ...CONFIGS.map((name) => join(root, name))];
  return sha256(
    [lockHash(root), ...files.map((file) => `${relative(root, file)} ${sha256(readText(file) ?? '')}`)].join('\n'),
  );
}

const hasWorkflows = (root) => existsSync(join(root, 'dist/workflows/index.js'));

function bundleSignature(root) {
  const files = BUNDLED_FOLDERS.flatMap((folder) => listFiles(join(root, folder)));
  const lines = files
    .filter((file) => file.endsWith('.js'))
    .map((file) => `${relative(root, file)} ${sha256(readFileSync(file))}`);
  return sha256([lockHash(root), ...lines].join('\n'));
}

function writeState(root, state) {
  writeWhole(join(root, STATE), `${JSON.stringify(state)}\n`);
}
