import { setTimeout as delay } from 'node:timers/promises';
import { STATES } from '../workflows/states.ts';
import type { ChangeView, TimelineEntry } from '../workflows/views.ts';
import type { Desk } from './ports.ts';

const LOOK_AGAIN_MILLISECONDS = 100;

/** Watches a change until it has ended or is parked in doubt, and hands every state on as it is recorded. */
export async function followChange(
  desk: Pick<Desk, 'findChange' | 'readTimeline'>,
  changeId: string,
  onState: (entry: TimelineEntry, first: TimelineEntry) => void,
): Promise<{ readonly change: ChangeView; readonly timeline: readonly TimelineEntry[] }> {
  let shown = 0;
  for (;;) {
    const timeline = await desk.readTimeline(changeId);
    const [first] = timeline;
    for (const entry of timeline) {
      if (entry.sequence > shown && first !== undefined) {
        onState(entry, first);
        shown = entry.sequence;
      }
    }
    const last = timeline.at(-1);
    if (last !== undefined && (STATES[last.state].ended || last.state === 'inDoubt')) {
      const change = await desk.findChange(changeId);
      if (change !== undefined) return { change, timeline };
    }
    await delay(LOOK_AGAIN_MILLISECONDS);
  }
}
