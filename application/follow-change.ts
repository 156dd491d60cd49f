import { setTimeout as delay } from 'node:timers/promises';
import { STATES } from '../workflows/shared/states.ts';
import type { ChangeView, TimelineEntry } from './views.ts';
import { isAway } from './errors.ts';
import { lookAtWorkflow, type WorkflowLook } from './look-at-workflow.ts';
import type { Desk } from './ports.ts';

const LOOK_AGAIN_MILLISECONDS = 100;
/** So long nothing has to happen before Temporal is asked what the change waits for. */
const QUIET_MILLISECONDS = 5_000;

interface Watcher {
  readonly onState?: (entry: TimelineEntry, first: TimelineEntry) => void;
  /** Called once per outage of the database; the watch goes on when it is back. */
  readonly onAway?: (cause: unknown) => void;
  /** Called again and again while nothing happens: what the workflow waits for, and the last state, if there is one yet. */
  readonly onQuiet?: (workflow: WorkflowLook, last: TimelineEntry | undefined) => void;
  /** The card of the change: with it, Temporal can be asked before the first state is recorded. */
  readonly iccid?: string;
  /** Aborts the watch, not the change. */
  readonly signal?: AbortSignal;
  readonly quietMilliseconds?: number;
}

/** The watch has ended before the change: somebody interrupted it, or no workflow carries the change on. */
export class WatchEndedError extends Error {
  override readonly name = 'WatchEndedError';
  constructor(
    readonly why: 'interrupted' | 'workflowLost',
    readonly change: ChangeView | undefined,
    readonly timeline: readonly TimelineEntry[],
  ) {
    super(why === 'interrupted' ? 'the watch was interrupted' : 'no workflow carries the change on');
  }
}

/**
 * Watches a change until it has ended, or rests where a person finds it, and hands every state on as it is recorded. Throws WatchEndedError when the
 * signal aborts, and, for a desk that can ask Temporal, when the workflow of the change is gone.
 */
export async function followChange(
  desk: Pick<Desk, 'findChange' | 'readTimeline'> & Partial<Pick<Desk, 'viewWorkflow'>>,
  changeId: string,
  { onState, onAway, onQuiet, iccid, signal, quietMilliseconds = QUIET_MILLISECONDS }: Watcher = {},
): Promise<{ readonly change: ChangeView; readonly timeline: readonly TimelineEntry[] }> {
  const { viewWorkflow } = desk;
  const patiently = patience(onAway, signal);
  let shown = 0;
  let lastNews = Date.now();
  let isLost = false;
  for (;;) {
    const timeline = await patiently(() => desk.readTimeline(changeId));
    const [first] = timeline;
    for (const entry of timeline) {
      if (entry.sequence > shown && first !== undefined) {
        onState?.(entry, first);
        shown = entry.sequence;
        lastNews = Date.now();
      }
    }
    const last = timeline.at(-1);
    if (last !== undefined && STATES[last.state].rests) {
      const change = await patiently(() => desk.findChange(changeId));
      if (change !== undefined) return { change, timeline };
    }
    // The timeline was read once more after Temporal was asked: a workflow may close with its last state.
    if (isLost) throw new WatchEndedError('workflowLost', await patiently(() => desk.findChange(changeId)), timeline);
    if (signal?.aborted === true) throw await interrupted(desk, changeId, timeline);
    if (viewWorkflow !== undefined && iccid !== undefined && Date.now() - lastNews >= quietMilliseconds) {
      const workflow = await lookAtWorkflow({ viewWorkflow }, { changeId, iccid });
      isLost = workflow.running === false;
      if (!isLost) onQuiet?.(workflow, last);
      lastNews = Date.now();
    }
    await pause(signal);
  }
}

/** What is known of the change is part of the answer, unless the database is away too. */
async function interrupted(
  desk: Pick<Desk, 'findChange'>,
  changeId: string,
  timeline: readonly TimelineEntry[],
): Promise<WatchEndedError> {
  const change = await desk.findChange(changeId).catch((cause: unknown) => {
    if (!isAway(cause)) throw cause;
    return undefined;
  });
  return new WatchEndedError('interrupted', change, timeline);
}

/** A pause that an abort ends: the caller looks at the signal next. */
const pause = (signal: AbortSignal | undefined): Promise<void> =>
  delay(LOOK_AGAIN_MILLISECONDS, undefined, { ...(signal && { signal }) }).catch(() => undefined);

/** Asks until there is an answer; what is no outage is thrown, and so is the outage once the signal aborts. */
function patience(onAway: Watcher['onAway'], signal: AbortSignal | undefined) {
  let away = false;
  return async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      try {
        const answer = await ask();
        away = false;
        return answer;
      } catch (cause) {
        if (!isAway(cause)) throw cause;
        if (signal?.aborted === true) throw new WatchEndedError('interrupted', undefined, []);
        if (!away) onAway?.(cause);
        away = true;
        await pause(signal);
      }
    }
  };
}
