#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { runCli } from '../cli/program.ts';
import { explainError } from '../cli/errors.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { explain, TEXT } from '../cli/text.ts';
import { loadConfig } from '../temporal.config.ts';
import { openDesk } from './application.ts';
import { processLog } from './log.ts';
import { Resources } from './resources.ts';
import { ROLES } from './role-table.ts';
import { serve } from './serve.ts';
import { StandardOutput } from './standard-output.ts';

const CHECKOUT = join(__dirname, '..', '..');
const stdout = new StandardOutput(process.stdout);
const stderr = new StandardOutput(process.stderr);

/** The `rehome` executable: connects the command line to the world. */
async function main(): Promise<number> {
  const exitCode = await runCli(process.argv.slice(2), {
    stdout,
    stderr,
    invocation: invocationOf(process.argv[1]),
    version: versionOf(join(CHECKOUT, 'package.json')),
    interrupted,
    user: `user:${userInfo().username}`,
    roles: Object.keys(ROLES),
    openDesk: () => Promise.resolve(openDesk(new Resources(loadConfig(), processLog('rehome', 'error'), 'cli'))),
    serve: (roles, options) => {
      const config = loadConfig();
      const stopped = stopSignal(config.settings.REHOME_GUARDED !== undefined);
      return serve({
        ...{ config, roles, ...options, stopped },
        onReady: (line) => {
          stdout.write(`${line}\n`);
        },
      });
    },
  });
  const lost = await stdout.finish();
  if (lost === undefined) return exitCode;
  stderr.write(explain(TEXT.outputLost(lost.message)));
  return EXIT.data;
}

const versionOf = (packageFile: string): string =>
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;

/** Aborts at the first Ctrl-C or SIGTERM, so that a command that waits can say what goes on; a second one ends the process. */
function interrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interruption.abort();
    });
  }
  return interruption.signal;
}

/** How this process can be run again: by npm in a checkout, by its name where it is installed. */
function invocationOf(executable = ''): string {
  if (basename(executable) === 'rehome') return 'rehome';
  return process.cwd() === CHECKOUT ? 'npm run -s rehome --' : `node ${executable}`;
}

/** Aborts on SIGTERM and SIGINT, and, for a process whose parent asked for it, when that parent is gone. */
function stopSignal(guarded: boolean): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (guarded) process.stdin.on('end', stop).on('error', stop).resume();
  return stopping.signal;
}

main().then(
  (exitCode) => {
    process.exit(exitCode);
  },
  (cause: unknown) => {
    const { explained, exitCode } = explainError(cause);
    stderr.write(explain(explained));
    process.exit(exitCode);
  },
);
