import { setTimeout as delay } from 'node:timers/promises';
import { STATES } from '../workflows/states.ts';
import type { ChangeView, TimelineEntry } from '../workflows/views.ts';
import { isAway } from './errors.ts';
import type { Desk } from './ports.ts';

const LOOK_AGAIN_MILLISECONDS = 100;

interface Watcher {
  readonly onState?: (entry: TimelineEntry, first: TimelineEntry) => void;
  /** Called once per outage of the database; the watch goes on when it is back. */
  readonly onAway?: (cause: unknown) => void;
}

/** Watches a change until it has ended, or rests where a person finds it, and hands every state on as it is recorded. */
export async function followChange(
  desk: Pick<Desk, 'findChange' | 'readTimeline'>,
  changeId: string,
  { onState, onAway }: Watcher = {},
): Promise<{ readonly change: ChangeView; readonly timeline: readonly TimelineEntry[] }> {
  const patiently = patience(onAway);
  let shown = 0;
  for (;;) {
    const timeline = await patiently(() => desk.readTimeline(changeId));
    const [first] = timeline;
    for (const entry of timeline) {
      if (entry.sequence > shown && first !== undefined) {
        onState?.(entry, first);
        shown = entry.sequence;
      }
    }
    const last = timeline.at(-1);
    if (last !== undefined && STATES[last.state].rests) {
      const change = await patiently(() => desk.findChange(changeId));
      if (change !== undefined) return { change, timeline };
    }
    await delay(LOOK_AGAIN_MILLISECONDS);
  }
}

/** Asks until there is an answer; what is no outage is thrown. */
function patience(onAway: Watcher['onAway']) {
  let away = false;
  return async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      try {
        const answer = await ask();
        away = false;
        return answer;
      } catch (cause) {
        if (!isAway(cause)) throw cause;
        if (!away) onAway?.(cause);
        away = true;
        await delay(LOOK_AGAIN_MILLISECONDS);
      }
    }
  };
}
