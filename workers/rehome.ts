#!/usr/bin/env node
import { userInfo } from 'node:os';
import { runCli } from '../cli/program.ts';
import { explainError } from '../cli/errors.ts';
import { explain } from '../cli/text.ts';
import { loadConfig } from '../temporal.config.ts';
import { openDesk } from './desk.ts';
import { processLog } from './log.ts';
import { Resources } from './resources.ts';
import { ROLES } from './role-table.ts';
import { serve } from './serve.ts';

/** The `rehome` executable: connects the command line to the world. */
async function main(): Promise<number> {
  return runCli(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    user: `user:${userInfo().username}`,
    roles: Object.keys(ROLES),
    openDesk: () => Promise.resolve(openDesk(new Resources(loadConfig(), processLog('rehome', 'error'), 'cli'))),
    serve: (roles, options) => {
      const config = loadConfig();
      const stopped = stopSignal(config.settings.REHOME_GUARDED !== undefined);
      return serve({ config, roles, ...options, stopped, onReady: (line) => process.stdout.write(`${line}\n`) });
    },
  });
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
    process.stderr.write(explain(explained));
    process.exit(exitCode);
  },
);
