// Sets up everything that npm start and npm test need: packages, dist/, engines. Says what it does, and nothing else.
// It runs before node_modules exists, so it uses Node alone.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, buildIsCurrent } from './bootstrap/build.mjs';
import { checkPrerequisites, fetchEngines, lacksAny, missingEngines } from './bootstrap/engines.mjs';
import { Failure } from './bootstrap/failure.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { installPackages, packagesAreCurrent } from './bootstrap/packages.mjs';
import { createProgress } from './bootstrap/progress.mjs';
import { stopChildren } from './bootstrap/run.mjs';

const OLDEST_NODE = [20, 19];

const HELP = `node scripts/bootstrap.mjs [--quiet] [--engines]
  --quiet     say nothing when there is nothing to do
  --engines   only fetch the engines: no packages, no build`;

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const progress = createProgress();

async function main(flags) {
  if (flags.has('--help')) return void process.stdout.write(`${HELP}\n`);
  checkNode();
  const enginesOnly = flags.has('--engines');
  const plan = () => planWork(enginesOnly);
  if (isEmpty(plan())) {
    if (!flags.has('--quiet')) progress.say('everything is in place');
    return;
  }
  const onWait = (pid) => progress.say(`another set-up is at work here (pid ${pid}): waiting for it`);
  await withLock(join(root, '.engines', 'bootstrap.lock'), { onWait }, () => work(plan()));
}

function planWork(enginesOnly) {
  // The time-skipping server and osmo-hlr are for tests alone, so npm start does not wait for them.
  const testEngines = !['prestart', 'prebench', 'prechaos', 'prerehome'].includes(
    process.env.npm_lifecycle_event ?? '',
  );
  const packages = !enginesOnly && !packagesAreCurrent(root);
  return {
    packages,
    dist: !enginesOnly && (packages || !buildIsCurrent(root)),
    engines: missingEngines(root, { env: process.env, testEngines }),
  };
}

const isEmpty = ({ packages, dist, engines }) => !packages && !dist && !lacksAny(engines);

async function work(todo) {
  if (isEmpty(todo)) return;
  const engines = await checkPrerequisites(todo.engines);
  clearLeftovers(engines.engines);
  const ours = async () => {
    if (todo.packages) await installPackages(root, progress);
    if (todo.dist) await build(root, progress);
  };
  const results = await Promise.allSettled([ours(), ...fetchEngines(engines, progress)]);
  const causes = new Set(results.flatMap(({ status, reason }) => (status === 'rejected' ? [reason] : [])));
  const [first] = causes;
  if (first === undefined) return;
  const unexpected = [...causes].find((cause) => !(cause instanceof Failure));
  if (unexpected !== undefined) throw unexpected;
  throw new Failure(
    [...causes].map(({ message }) => message),
    first.exitCode,
  );
}

/** What an interrupted set-up left; nobody else uses it while the lock is held. */
function clearLeftovers(folder) {
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.part')) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Failure(
    `Node.js ${OLDEST_NODE.join('.')} or newer is missing (this is ${process.versions.node}): install it from https://nodejs.org`,
  );
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    // The lock file stays: the next set-up sees that its holder is gone.
    stopChildren();
    process.exit(code);
  });
}

try {
  await main(new Set(process.argv.slice(2)));
} catch (cause) {
  if (!(cause instanceof Failure)) throw cause;
  process.stderr.write(`${cause.message}\n`);
  process.exitCode = cause.exitCode;
}
