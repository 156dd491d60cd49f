import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../../scripts/bootstrap');

/** Runs code in a Node of its own, as set-up runs: jest cannot load its modules. Answers what the code returns. */
export function inSetUp(module: string, code: string, env: Readonly<Record<string, string>> = {}): unknown {
  const script = `
    import * as it from ${JSON.stringify(join(FOLDER, module))};
    const answer = await (async () => { ${code} })().catch((cause) => ({ message: cause.message, exitCode: cause.exitCode }));
    process.stdout.write(JSON.stringify(answer ?? null));`;
  const options = { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A path (or any value) as a literal of that code. */
export const literal = (value: unknown): string => JSON.stringify(value);
