import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';

const KEPT_OUTPUT = 64 * 1024;
const children = new Set();

/** Runs a command without a terminal and resolves with its exit code and the last part of what it said. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT));
    children.add(child);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (cause) => keep(`${cause.message}\n`));
    child.on('close', (code, signal) => {
      children.delete(child);
      resolve({ code: code ?? 128, signal, output });
    });
  });
}

/** Runs a command that must succeed; its output is shown only when it does not. */
export async function mustRun(what, command, args, options = {}) {
  const { code, signal, output } = await run(command, args, options);
  if (code === 0) return output;
  const reason = signal === null || signal === undefined ? `exit code ${code}` : signal;
  throw new Failure(
    [`${what} failed (${reason}): ${command} ${args.join(' ')}`, tail(output, options.tailLines ?? 15)],
    1,
  );
}

/** Ends what is still running, so that an interrupted set-up leaves nothing behind. */
export function stopChildren() {
  for (const child of children) child.kill('SIGTERM');
}

/** The path of an executable, or undefined. */
export function which(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder === '' ? '.' : folder, name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function tail(text, lines) {
  const all = text.split('\n').filter((line) => line.trim() !== '' && !/nodedir/.test(line));
  return all
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}
