import { join } from 'node:path';
import { readJson, readText, sha256, writeWhole } from './files.mjs';
import { mustRun } from './run.mjs';

const STAMP = 'node_modules/.rehome-packages';

/** Whether node_modules holds what package-lock.json asks for. */
export function packagesAreCurrent(root) {
  const wanted = lockHash(root);
  if (readText(join(root, STAMP)) === wanted) return true;
  if (readText(join(root, STAMP)) !== undefined || !matchesLock(root)) return false;
  writeWhole(join(root, STAMP), wanted);
  return true;
}

export async function installPackages(root, progress) {
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') === true ? process.env.npm_execpath : undefined;
  const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  await progress.step('installing packages (npm ci)', 'packages installed', () =>
    mustRun('npm ci', command, [...args, 'ci', '--include=dev', '--no-progress'], { cwd: root }),
  );
  writeWhole(join(root, STAMP), lockHash(root));
}

export function lockHash(root) {
  return sha256(readText(join(root, 'package-lock.json')) ?? '');
}

/** True when somebody ran npm ci by hand: npm's own list in node_modules then agrees with the lock file. */
function matchesLock(root) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const present = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const found = present[path];
    return found === undefined ? optional === true || devOptional === true : found.version === version;
  });
}
