// A worker process that kills itself at an activity boundary: `crashing-worker.js FOLDER ACTIVITY ROLE…`.
// It dies before the activity's first run and after its second, once each: the marks in FOLDER outlive it.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { loadConfig } from '../../temporal.config.ts';
import { serve } from '../../workers/serve.ts';

const [folder = '', activity = '', ...roles] = process.argv.slice(2);

/** SIGKILL: no handler runs, nothing is flushed, no answer leaves. */
function dieOnce(when: 'before' | 'after'): void {
  try {
    closeSync(openSync(join(folder, `${activity}.${when}`), 'wx'));
  } catch {
    return;
  }
  process.kill(process.pid, 'SIGKILL');
}

const stopping = new AbortController();
const stop = () => {
  stopping.abort();
};
process.on('SIGTERM', stop);
process.stdin.on('end', stop).resume();

void serve({
  config: loadConfig(),
  roles,
  stopped: stopping.signal,
  onReady: (line) => process.stdout.write(`${line}\n`),
  activityInterceptors: [
    {
      execute: async (input, next) => {
        const named = activityInfo().activityType === activity;
        if (named) dieOnce('before');
        const result = await next(input);
        if (named) dieOnce('after');
        return result;
      },
    },
  ],
}).then((exitCode) => process.exit(exitCode));
