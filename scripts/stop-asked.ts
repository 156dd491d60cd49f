const LOOK_MILLISECONDS = 500;

/** Whether this run has been told to stop. */
export interface StopAsked {
  /** Resolves when it is. */
  readonly signal: Promise<void>;
  readonly abort: AbortSignal;
  now(): boolean;
}

/** Ctrl-C, the SIGTERM of whoever started this, and the end of whoever started this, which leaves us another parent. */
export function stopAsked(parent: () => number = () => process.ppid): StopAsked {
  const aborting = new AbortController();
  const signal = new Promise<void>((resolve) => {
    const stop = () => {
      clearInterval(watch);
      aborting.abort();
      resolve();
    };
    const starter = parent();
    const watch = setInterval(() => {
      if (parent() !== starter) stop();
    }, LOOK_MILLISECONDS);
    watch.unref();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  });
  return { signal, abort: aborting.signal, now: () => aborting.signal.aborted };
}
