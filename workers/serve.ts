import { setTimeout as delay } from 'node:timers/promises';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { explainError } from '../cli/errors.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { ConfigurationError, type Config } from '../temporal.config.ts';
import { processLog, type Log, type LogLevel } from './log.ts';
import { Resources } from './resources.ts';
import { ROLES, isRole, type RoleName } from './role-table.ts';
import type { RoleContext, Running } from './roles.ts';

const LONGEST_STOP_MILLISECONDS = 8_000;

export interface ServeOptions {
  readonly config: Config;
  readonly roles: readonly string[];
  readonly operators?: readonly string[] | undefined;
  readonly smscs?: readonly string[] | undefined;
  readonly activityInterceptors?: RoleContext['activityInterceptors'];
  /** Told once, when every role works. */
  readonly onReady: (line: string) => void;
  /** Ends the process's work: SIGTERM, SIGINT, or the end of its parent. */
  readonly stopped: AbortSignal;
}

/** Runs roles in this process until it is stopped, or one of them ends by itself; resolves to the exit code. */
export async function serve({
  config,
  roles,
  operators,
  smscs,
  activityInterceptors = [],
  onReady,
  stopped,
}: ServeOptions): Promise<number> {
  const names = checkedRoles(roles);
  const name = names.join('+');
  const log = processLog(name, config.settings.LOG_LEVEL);
  installRuntime(log);
  const resources = new Resources(config, log, name);
  const running: Running[] = [];
  try {
    for (const role of names)
      running.push(await ROLES[role].start({ resources, signal: stopped, operators, smscs, activityInterceptors }));
    onReady(`ready ${name}`);
    log('info', 'ready');
    const ended = running.map((role) => role.ended.then(() => 'ended' as const));
    const outcome = await Promise.race([...ended, untilAborted(stopped)]);
    if (outcome === 'ended') log('error', 'a role ended although nobody stopped it');
    return outcome === 'stopped' ? EXIT.ok : EXIT.notChanged;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (stopped.aborted) {
      log('warn', `told to stop before every role worked: ${message}`);
      return EXIT.ok;
    }
    if (isForAPerson(cause)) throw cause;
    log('error', `a role failed: ${message}`);
    if (cause instanceof Error) log('debug', 'where it failed', { stack: cause.stack });
    return EXIT.notChanged;
  } finally {
    const stopping = Promise.allSettled([...running].reverse().map((role) => role.stop())).then(() =>
      resources.close(),
    );
    await Promise.race([stopping, delay(LONGEST_STOP_MILLISECONDS, undefined, { ref: false })]);
    log('info', 'stopped');
  }
}

/** Starting the role again would not help: a setting, a key file or an id has to be corrected first. */
const isForAPerson = (cause: unknown): boolean => {
  const { exitCode } = explainError(cause);
  return exitCode === EXIT.configuration || exitCode === EXIT.usage;
};

let hasRuntime = false;

/** Temporal's library takes one logger for the whole process, and refuses a second. */
function installRuntime(log: Log): void {
  if (!hasRuntime) Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
  hasRuntime = true;
}

function checkedRoles(roles: readonly string[]): RoleName[] {
  const unknown = roles.filter((role) => !isRole(role));
  if (unknown.length > 0)
    throw new ConfigurationError(`${unknown.join(', ')}: no such role; there are ${Object.keys(ROLES).join(', ')}`);
  return roles.filter(isRole);
}

function untilAborted(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    const stop = () => {
      resolve('stopped');
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

function temporalLogger(log: Log): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...fields } = (meta ?? {}) as Record<string, unknown>;
    log(LEVELS[level] ?? 'info', message, { ...fields, ...(error instanceof Error && { error: error.message }) });
  });
}
