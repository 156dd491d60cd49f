// Ends the processes of a parent that has died. The parent tells on our stdin which they are; its death closes that pipe.
// Runs in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const watched = new Map();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { watch, unwatch } = JSON.parse(line);
  if (watch !== undefined) watched.set(watch.pid, { ...watch, started: startOf(watch.pid) });
  if (unwatch !== undefined) watched.delete(unwatch);
});
lines.on('close', () => void Promise.all([...watched.values()].map(end)).then(() => process.exit(0)));

async function end({ pid, signal, graceMs, started }) {
  if (!isSame(pid, started)) return;
  send(pid, signal);
  const deadline = Date.now() + graceMs;
  while (isSame(pid, started) && Date.now() < deadline) await sleep(POLL_MS);
  if (!isSame(pid, started)) return;
  send(-pid, 'SIGKILL');
  send(pid, 'SIGKILL');
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in this moment.
  }
}

/** Whether the pid still belongs to the process that was to be watched. */
function isSame(pid, started) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return startOf(pid) === started;
}

/** When the process started, where /proc tells it. A zombie counts as gone. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
    return fields[1] === 'Z' ? 'gone' : fields[20];
  } catch {
    return 'unknown';
  }
}
