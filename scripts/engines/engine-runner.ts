import { spawn } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { guard } from './guard.ts';
import { openLog, tailOf } from './log-file.ts';
import { endProcess } from './process-table.ts';
import { removePidFile, writePidFile } from './stale.ts';
import { Unavailable } from './unavailable.ts';

const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 50;
/** Workers stop first, with as long a grace, and all of it has to fit into 10 s. */
const STOP_GRACE_MS = 4_500;
/** After the parent's death nothing may be left within 10 s. */
const GUARD_GRACE_MS = 6_000;
const DEATHS_ALLOWED = 5;
const DEATHS_WINDOW_MS = 60_000;
const RESTART_DELAY_MS = 200;

/** An engine that died without being asked to. */
export interface UnexpectedExit {
  readonly name: string;
  readonly detail: string;
  /** False when it died too often and stays down. */
  readonly restarting: boolean;
}

export interface RunnerOptions {
  readonly dataFolder: string;
  readonly log: (line: string) => void;
  readonly onUnexpectedExit?: ((exit: UnexpectedExit) => void) | undefined;
}

interface Running {
  /** Undefined when it could not even be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<string>;
  end: string | undefined;
}

/** Keeps one engine running: starts it, waits until it answers, starts it again when it dies, and stops it. */
export class EngineRunner {
  readonly #deaths: number[] = [];
  #running: Running | undefined;
  #stopping = false;
  #watching: Promise<void> | undefined;

  constructor(
    readonly engine: Engine,
    readonly options: RunnerOptions,
  ) {}

  get name(): string {
    return this.engine.name;
  }

  get pid(): number | undefined {
    return this.#running?.end === undefined ? this.#running?.pid : undefined;
  }

  get logFile(): string {
    return join(this.options.dataFolder, 'logs', `${this.engine.name}.log`);
  }

  async start(): Promise<void> {
    await this.engine.prepare();
    if (this.#isStopping()) throw this.#stopped();
    const running = this.#spawn();
    try {
      await this.#untilReady(running);
    } catch (cause) {
      await this.stop();
      throw cause;
    }
    this.#watching = this.#watchOver(running);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = this.#running;
    if (running?.pid !== undefined) {
      if (running.end === undefined) {
        await endProcess(running.pid, { signal: this.engine.stopSignal, graceMs: STOP_GRACE_MS });
        await running.ended;
      }
      await guard.unwatch(running.pid);
    }
    await this.#watching;
    removePidFile(this.options.dataFolder, this.engine.name);
  }

  #spawn(): Running {
    const { name, command, stopSignal } = this.engine;
    mkdirSync(command.cwd, { recursive: true });
    const output = openLog(this.logFile);
    const { uid, gid } = command;
    const child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ['ignore', output, output],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    closeSync(output);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (cause) => {
        resolve(cause.message);
      });
      child.once('exit', (code, signal) => {
        resolve(signal ?? `exit code ${code ?? 'unknown'}`);
      });
    });
    const { pid } = child;
    if (pid !== undefined) {
      guard.watch({ pid, signal: stopSignal, graceMs: GUARD_GRACE_MS });
      writePidFile(this.options.dataFolder, name, pid);
    }
    return this.#track(pid, ended);
  }

  #track(pid: number | undefined, ended: Promise<string>): Running {
    const running: Running = { pid, ended, end: undefined };
    void ended.then((end) => (running.end = end));
    this.#running = running;
    return running;
  }

  async #untilReady(running: Running): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    let last: unknown;
    while (running.end === undefined && Date.now() < deadline && !this.#stopping) {
      try {
        await this.engine.checkReady();
        return;
      } catch (cause) {
        if (cause instanceof Unavailable) throw cause;
        last = cause;
      }
      await Promise.race([sleep(READY_POLL_MS), running.ended]);
    }
    if (this.#isStopping()) throw this.#stopped();
    const seconds = READY_WITHIN_MS / 1000;
    const what =
      running.end === undefined
        ? `does not answer after ${seconds} s (${String(last)})`
        : `ended while starting (${running.end})`;
    throw new Unavailable(`${this.engine.name} ${what}\n${tailOf(this.logFile)}`);
  }

  async #watchOver(first: Running): Promise<void> {
    let running = first;
    for (;;) {
      const detail = await running.ended;
      if (this.#stopping) return;
      if (running.pid !== undefined) await guard.unwatch(running.pid);
      const restarting = this.#mayRestart();
      this.#report({ name: this.engine.name, detail, restarting });
      if (!restarting) return;
      await sleep(RESTART_DELAY_MS);
      if (this.#isStopping()) return;
      running = await this.#restart();
    }
  }

  async #restart(): Promise<Running> {
    try {
      await this.engine.prepare();
    } catch (cause) {
      return this.#track(undefined, Promise.resolve(cause instanceof Error ? cause.message : String(cause)));
    }
    if (this.#isStopping()) return this.#track(undefined, Promise.resolve('stopped'));
    const running = this.#spawn();
    void this.#untilReady(running).then(
      () => {
        this.options.log(`${this.engine.name} is back (pid ${running.pid ?? 'unknown'})`);
      },
      (cause: unknown) => {
        if (!this.#stopping) this.options.log(cause instanceof Error ? cause.message : String(cause));
      },
    );
    return running;
  }

  #mayRestart(): boolean {
    const now = Date.now();
    this.#deaths.push(now);
    return this.#deaths.filter((at) => now - at < DEATHS_WINDOW_MS).length <= DEATHS_ALLOWED;
  }

  #report(exit: UnexpectedExit): void {
    const next = exit.restarting
      ? 'starting it again'
      : `it died more than ${DEATHS_ALLOWED} times in a minute and stays down`;
    this.options.log(`${exit.name} died (${exit.detail}): ${next}; its log is ${this.logFile}`);
    this.options.onUnexpectedExit?.(exit);
  }

  #stopped(): Unavailable {
    return new Unavailable(`${this.engine.name} was stopped before it was ready`);
  }

  /** Asked again after a wait: stop() may have been called meanwhile. */
  #isStopping(): boolean {
    return this.#stopping;
  }
}
