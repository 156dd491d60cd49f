const HEARTBEAT_MS = 15_000;

/** Tells on stderr what set-up does, with the seconds since it began; silent until there is something to tell. */
export function createProgress(out = process.stderr) {
  const began = Date.now();
  const running = new Set();
  let heartbeat;

  const say = (text) => {
    const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(6);
    out.write(`[${seconds} s] ${text}\n`);
  };

  return {
    say,
    /** Announces a step, runs it, and says when it is done. */
    async step(name, done, work) {
      say(`${name} …`);
      running.add(name);
      heartbeat ??= setInterval(() => say(`still at it: ${[...running].join('; ')}`), HEARTBEAT_MS);
      try {
        const result = await work();
        say(done);
        return result;
      } finally {
        running.delete(name);
        if (running.size === 0) {
          clearInterval(heartbeat);
          heartbeat = undefined;
        }
      }
    },
  };
}
