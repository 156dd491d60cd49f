// npm test: format, lint, types and every test. With arguments (npm test -- path) only jest runs, with those arguments.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MISSING_PROGRAMS } from './tests-left-out.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path) => join(root, 'node_modules', path);
const began = Date.now();
const running = new Set();

const CHECKS = [
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.'] },
  { name: 'types', args: [bin('typescript/bin/tsc'), '--noEmit'] },
];

function say(text) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`[${seconds} s] ${text}\n`);
}

/** Runs a Node program; with `held` its output is held back until it has ended. */
function runNode(args, { held }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', ...(held ? ['pipe', 'pipe'] : ['inherit', 'inherit'])],
    });
    const output = [];
    running.add(child);
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), output: Buffer.concat(output).toString('utf8') });
    });
  });
}

/** Format, lint and types side by side; each is said as it ends. Answers the names of those that failed. */
async function runChecks() {
  say(`checking ${CHECKS.map(({ name }) => name).join(', ')} …`);
  const results = await Promise.all(
    CHECKS.map(async ({ name, args }) => {
      const { code, output } = await runNode(args, { held: true });
      say(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
      if (code !== 0) process.stderr.write(`${output.trimEnd()}\n`);
      return { name, code };
    }),
  );
  return results.filter(({ code }) => code !== 0).map(({ name }) => name);
}

/** Runs jest and answers how many tests passed and failed; a test file that cannot be loaded is one failure. */
async function runJest(args) {
  const folder = join(tmpdir(), `rehome-test-${process.pid}`);
  const report = join(folder, 'jest.json');
  mkdirSync(folder, { recursive: true });
  try {
    const { code } = await runNode([bin('jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args], {
      held: false,
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

const jestArgs = process.argv.slice(2);
const everything = jestArgs.length === 0;
const failedChecks = everything ? await runChecks() : [];
// The integration tests share one system and set its faults, so they run one file after the other.
const runs = everything
  ? [['--selectProjects=unit'], ['--selectProjects=integration', '--runInBand']]
  : [['--runInBand', ...jestArgs]];
for (const { name, tests, hint } of MISSING_PROGRAMS)
  say(`${name} is not here, so ${tests.join(' and ')} is left out: ${hint}`);
let [code, passed, failed] = [0, 0, 0];
for (const args of runs) {
  say(`running jest ${args.join(' ')} …`);
  const result = await runJest(args);
  code ||= result.code;
  passed += result.passed;
  failed += result.failed;
}
const allFailed = failed + failedChecks.length;
if (failedChecks.length > 0) say(`failed besides the tests: ${failedChecks.join(', ')}`);
process.exitCode ??= allFailed > 0 || code !== 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${allFailed} failed\n`);
