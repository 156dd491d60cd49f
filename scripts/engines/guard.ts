import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from './installation.ts';

export interface Watched {
  readonly pid: number;
  readonly signal: NodeJS.Signals;
  /** How long the process may take to end by itself after the parent's death. */
  readonly graceMs: number;
}

/** A process of its own that ends the watched processes when this one dies, even by SIGKILL. Runs while there are any. */
export class Guard {
  readonly #watched = new Map<number, Watched>();
  #process: ChildProcess | undefined;

  /** Of the guard process; undefined while there is nothing to guard. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  watch(process: Watched): void {
    this.#watched.set(process.pid, process);
    if (this.#process === undefined) this.#start();
    else this.#tell({ watch: process });
  }

  /** To be called once the process has ended; resolves when a guard that has nothing left to do is gone as well. */
  async unwatch(pid: number): Promise<void> {
    if (!this.#watched.delete(pid)) return;
    this.#tell({ unwatch: pid });
    const guard = this.#process;
    if (this.#watched.size > 0 || guard === undefined) return;
    this.#process = undefined;
    guard.stdin?.end();
    if (guard.exitCode !== null || guard.signalCode !== null) return;
    guard.ref();
    await once(guard, 'exit');
  }

  #start(): void {
    const script = join(projectRoot(), 'scripts', 'engines', 'guard-process.mjs');
    const guard = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    this.#process = guard;
    guard.unref();
    // A write to a guard that has just died; the exit handler starts another one, which is told everything.
    guard.stdin.on('error', () => undefined);
    guard.once('exit', () => {
      if (this.#process === guard) this.#start();
    });
    guard.once('error', (cause) => {
      throw cause;
    });
    for (const watch of this.#watched.values()) this.#tell({ watch });
  }

  #tell(message: { watch: Watched } | { unwatch: number }): void {
    this.#process?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

/** The guard of this process: one is enough for all engines and workers. */
export const guard = new Guard();
