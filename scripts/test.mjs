// npm test: format, lint, types and every test; with --no-checks every test alone. With other arguments (npm test -- path) only jest
// runs, with those arguments.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MISSING_PROGRAMS } from './tests-left-out.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path) => join(root, 'node_modules', path);
/** Engines wait for their disk at every commit, and tests have nothing to keep: they write to memory where there is enough. */
const MEMORY = '/dev/shm';
const MEMORY_OCTETS = 4 * 2 ** 30;
const began = Date.now();
const running = new Set();

/** So many systems of engines, simulators and roles at once: their suites mostly wait. */
const SYSTEMS = 2;

const CHECKS = [
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.'] },
  { name: 'types', args: [bin('typescript/bin/tsc'), '--noEmit'] },
];

function hasMemoryFolder() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= MEMORY_OCTETS;
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
    return false;
  }
}

function say(text) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`[${seconds} s] ${text}\n`);
}

if (process.env.TMPDIR === undefined && hasMemoryFolder()) process.env.TMPDIR = MEMORY;

/** Runs a Node program; with `held` its output is held back until it has ended, with `yields` it gives way to what waits for engines. */
function runNode(args, { held, yields }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', ...(held ? ['pipe', 'pipe'] : ['inherit', 'inherit'])],
    });
    const output = [];
    running.add(child);
    if (yields && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), output: Buffer.concat(output).toString('utf8') });
    });
  });
}

/** Format, lint and types, one after the other; each is said as it ends. Answers the names of those that failed. */
async function runChecks() {
  const failed = [];
  for (const { name, args } of CHECKS) {
    const { code, output } = await runNode(args, { held: true, yields: true });
    say(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
    if (code !== 0) process.stderr.write(`${output.trimEnd()}\n`);
    if (code !== 0) failed.push(name);
  }
  return failed;
}

/** Runs jest and answers how many tests passed and failed; a test file that cannot be loaded is one failure. */
async function runJest(args, { yields = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-test-'));
  const report = join(folder, 'jest.json');
  say(`running jest ${args.join(' ')} …`);
  try {
    const { code } = await runNode([bin('jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args], {
      held: false,
      yields,
    });
    return { code, ...readReport(report) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
    // Jest did not get as far as running tests, and has said why.
    return { passed: 0, failed: 1 };
  }
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: report.success || failed > 0 ? failed : 1 };
}

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    // Jest ends in order and takes the engines of its set-up with it; this process waits for that.
    for (const child of running) child.kill(signal);
    process.exitCode = code;
  });
}

for (const { name, tests, hint } of MISSING_PROGRAMS)
  say(`${name} is not here, so ${tests.join(' and ')} is left out: ${hint}`);

/** What waits for real engines runs beside what computes, which gives way to it. */
async function runEverything({ checks }) {
  const integration = runJest(['--selectProjects=integration', `--maxWorkers=${SYSTEMS}`]);
  const failedChecks = checks ? await runChecks() : [];
  const computed = await runJest(['--selectProjects', 'unit', 'workflow', '--maxWorkers=2'], { yields: true });
  return { results: [computed, await integration], failedChecks };
}

const jestArgs = process.argv.slice(2);
const everything = jestArgs.length === 0 || jestArgs.join() === '--no-checks';
const { results, failedChecks } = everything
  ? await runEverything({ checks: jestArgs.length === 0 })
  : { results: [await runJest(['--runInBand', ...jestArgs])], failedChecks: [] };
const sum = (name) => results.reduce((total, result) => total + result[name], 0);
const failed = sum('failed') + failedChecks.length;
if (failedChecks.length > 0) say(`failed besides the tests: ${failedChecks.join(', ')}`);
process.exitCode ??= failed > 0 || sum('code') !== 0 ? 1 : 0;
process.stdout.write(`${sum('passed')} passed, ${failed} failed\n`);
