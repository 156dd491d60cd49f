import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import type { ConnectedDesk } from '../../workers/application.ts';
import type { TestSystem } from '../support/test-system.ts';
import { untilAnswered, type Controls } from './controls.ts';
import { ENGINES, type ChaosPlan, type Happening, type Victim } from './plan.ts';

interface Stage {
  readonly system: TestSystem;
  readonly desk: ConnectedDesk;
  readonly controls: Controls;
  readonly say: (line: string) => void;
}

/** What became of a plan. */
export interface Performance {
  /** Why requests did not become changes, with their numbers. */
  readonly refused: Readonly<Record<string, number>>;
  readonly deaths: Readonly<Record<string, number>>;
  readonly cancellations: Readonly<Record<string, number>>;
}

/** Longer than the longest spell and the start of an engine. */
const ASKS_WITHIN_MS = 120_000;

/** Lets everything of a plan happen at its time; resolves when the storm is over and every request has its answer. */
export async function perform(plan: ChaosPlan, stage: Stage): Promise<Performance> {
  const counts = { refused: {}, deaths: {}, cancellations: {} } as Record<keyof Performance, Record<string, number>>;
  const count = (what: keyof Performance, name: string): void => {
    counts[what][name] = (counts[what][name] ?? 0) + 1;
  };
  const began = Date.now();
  const pending: Promise<void>[] = [];
  for (const [index, happening] of plan.happenings.entries()) {
    await delay(Math.max(0, began + happening.atMs - Date.now()));
    switch (happening.kind) {
      case 'change':
        pending.push(ask(happening, { ...stage, requestId: `chaos/${plan.seed}/${String(index)}`, count }));
        break;
      case 'faults':
        stage.say(`${happening.element}: ${JSON.stringify(told(happening.plan))}`);
        pending.push(stage.controls.setFaults(happening.element, happening.plan).then(() => undefined));
        break;
      case 'kill': {
        const killed = kill(happening.victim, stage.system);
        stage.say(`SIGKILL ${happening.victim}${killed ? '' : ' (which is down already)'}`);
        if (killed) count('deaths', happening.victim);
        break;
      }
    }
  }
  await delay(Math.max(0, began + plan.stormMs - Date.now()));
  await Promise.all(pending);
  return counts;
}

/** Lists of cards are the same all the time: they would hide the weather. */
const told = (plan: object): object =>
  Object.fromEntries(
    Object.entries(plan).filter(
      ([word, value]) =>
        word !== 'seed' && !(typeof value === 'object' && word !== 'downFor' && word !== 'loseAnswers'),
    ),
  );

interface Asking extends Stage {
  readonly requestId: string;
  readonly count: (what: keyof Performance, name: string) => void;
}

async function ask(
  { iccid, cancelAfterMs }: Extract<Happening, { kind: 'change' }>,
  { desk, requestId, count }: Asking,
): Promise<void> {
  const card = await untilAnswered(() => desk.findCard(iccid), ASKS_WITHIN_MS);
  const target = card?.operator === 'operator-1' ? 'operator-2' : 'operator-1';
  const answer = await untilAnswered(
    () => desk.requestChange({ iccid: parseIccid(iccid), target, requestedBy: 'system:chaos', requestId }),
    ASKS_WITHIN_MS,
  );
  if (answer.kind === 'refused') {
    count('refused', answer.code);
    return;
  }
  if (cancelAfterMs === undefined) return;
  await delay(cancelAfterMs);
  const change = await untilAnswered(() => desk.findChange(answer.changeId), ASKS_WITHIN_MS);
  if (change === undefined) return;
  const wish = { action: 'cancel', actor: 'user:chaos', reason: 'chaos', requestId: `${requestId}/cancel` } as const;
  // Somebody who wants a change back gives up at last; the change itself is looked at by the reconciliation.
  const outcome = await untilAnswered(() => desk.supportChange(change, wish), ASKS_WITHIN_MS).catch(() => undefined);
  count('cancellations', outcome?.kind ?? 'noAnswer');
}

/** False when it is down at this moment. */
function kill(victim: Victim, system: TestSystem): boolean {
  const pids = isEngine(victim) ? enginePids(victim, system.environment['DATA_FOLDER'] ?? '') : system.pidsOf(victim);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw cause;
    }
  }
  return pids.length > 0;
}

const isEngine = (victim: Victim): victim is (typeof ENGINES)[number] => ENGINES.some((engine) => engine === victim);

/** The engine's own note: a restart gives it another pid. */
function enginePids(engine: string, dataFolder: string): number[] {
  const pid = Number.parseInt(readFileSync(join(dataFolder, 'run', `${engine}.pid`), 'utf8'), 10);
  return Number.isInteger(pid) && pid > 1 ? [pid] : [];
}
