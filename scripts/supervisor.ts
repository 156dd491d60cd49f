import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from './engines/guard.ts';
import { openLog, tailOf } from './engines/log-file.ts';
import { endProcess } from './engines/process-table.ts';
import { Unavailable } from './engines/unavailable.ts';

const READY_LINE = /^ready\b/;
const READY_WITHIN_MS = 60_000;
/** Engines stop afterwards, with as long a grace, and all of it has to fit into 10 s. */
const STOP_GRACE_MS = 4_500;
const GUARD_GRACE_MS = 6_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** A process that ran this long did not die of its start, so the next delay is short again. */
const HEALTHY_AFTER_MS = 30_000;

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; REHOME_GUARDED=1 is added: it may take the end of stdin for our death. */
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Whether it is started again, after a growing delay, when it ends without being asked to. */
  readonly restart: boolean;
  readonly log: (line: string) => void;
  readonly onUnexpectedExit?: ((exit: { name: string; detail: string; restarting: boolean }) => void) | undefined;
}

/** One of our own processes, in a group of its own, which does not outlive this one. */
export interface SupervisedProcess {
  readonly name: string;
  /** The pid of this moment; undefined while it is down. */
  readonly pid: number | undefined;
  /** SIGTERM, and SIGKILL for one that has not ended after the grace period. */
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<string>;
  end: string | undefined;
}

/** Starts a process and resolves once it has printed a line that begins with "ready". */
export async function startProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  const supervisor = new Supervisor(options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements SupervisedProcess {
  #running: Running | undefined;
  #stopping = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(readonly options: ProcessOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.#running?.end === undefined ? this.#running?.child.pid : undefined;
  }

  async start(): Promise<void> {
    const running = this.#spawn();
    try {
      await running.ready;
    } catch (cause) {
      await this.stop();
      throw cause;
    }
    this.#watching = this.#watchOver(running);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const running = this.#running;
    const pid = running?.child.pid;
    if (running !== undefined && pid !== undefined) {
      if (running.end === undefined) {
        await endProcess(pid, { signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
        await running.ended;
      }
      await guard.unwatch(pid);
    }
    await this.#watching;
  }

  #spawn(): Running {
    const { command, args, env, logFile } = this.options;
    const log = openLog(logFile);
    const child = spawn(command, args, {
      env: { ...env, REHOME_GUARDED: '1' },
      detached: true,
      stdio: ['pipe', 'pipe', log],
    });
    if (child.pid !== undefined) guard.watch({ pid: child.pid, signal: 'SIGTERM', graceMs: GUARD_GRACE_MS });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error(`${command} was started without pipes`);
    // It may end before it has read anything.
    stdin.on('error', () => undefined);
    stdout.pipe(createLog(logFile, log));
    const ended = endOf(child);
    const running: Running = { child, ended, ready: this.#untilReady(stdout, ended), end: undefined };
    void ended.then((end) => (running.end = end));
    this.#running = running;
    return running;
  }

  async #untilReady(stdout: Readable, ended: Promise<string>): Promise<void> {
    const { name, logFile } = this.options;
    const timer = new AbortController();
    const said = new Promise<'ready'>((resolve) => {
      createInterface({ input: stdout }).on('line', (line) => {
        if (READY_LINE.test(line)) resolve('ready');
      });
    });
    const late = sleep(READY_WITHIN_MS, `is not ready after ${READY_WITHIN_MS / 1000} s`, { signal: timer.signal });
    const first = await Promise.race([said, ended.then((end) => `ended while starting (${end})`), late]);
    // An abandoned timer rejects; nobody waits for it any more.
    late.catch(() => undefined);
    timer.abort();
    if (first !== 'ready') throw new Unavailable(`${name} ${first}\n${tailOf(logFile)}`);
  }

  async #watchOver(first: Running): Promise<void> {
    const { name, restart, log, logFile } = this.options;
    let running = first;
    let delayMs = FIRST_DELAY_MS;
    for (;;) {
      const since = Date.now();
      const detail = await running.ended;
      if (this.#stopping.signal.aborted) return;
      if (running.child.pid !== undefined) await guard.unwatch(running.child.pid);
      if (Date.now() - since > HEALTHY_AFTER_MS) delayMs = FIRST_DELAY_MS;
      log(`${name} ended (${detail})${restart ? ': starting it again' : ''}; its log is ${logFile}`);
      this.options.onUnexpectedExit?.({ name, detail, restarting: restart });
      if (!restart || !(await this.#pause(delayMs))) return;
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      running = this.#spawn();
      this.#tellWhenBack(running);
    }
  }

  #tellWhenBack(running: Running): void {
    const { name, log } = this.options;
    running.ready.then(
      () => {
        log(`${name} is back (pid ${running.child.pid ?? 'unknown'})`);
      },
      (cause: unknown) => {
        if (!this.#stopping.signal.aborted) log(cause instanceof Error ? cause.message : String(cause));
      },
    );
  }

  /** Answers false when stop() was called meanwhile. */
  async #pause(delayMs: number): Promise<boolean> {
    try {
      await sleep(delayMs, undefined, { signal: this.#stopping.signal });
      return true;
    } catch {
      return false;
    }
  }
}

function createLog(file: string, fd: number): WriteStream {
  const stream = createWriteStream(file, { fd });
  // A disk that is full must not end the process that is logged.
  stream.on('error', () => undefined);
  return stream;
}

/** Resolves with the way a process ended, after its last output. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(cause.message);
    });
    child.once('close', (code, signal) => {
      resolve(signal ?? `exit code ${code ?? 'unknown'}`);
    });
  });
}
