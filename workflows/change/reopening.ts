import { CancellationScope, log } from '@temporalio/workflow';
import { reasonOf } from '../shared/failures.ts';
import type { Pivot } from './before-pivot.ts';
import { eventsOnRecord } from './change-record.ts';
import type { CardEvent } from './decision/card-events.ts';
import type { Admission, TargetOperatorActivities } from './ports.ts';
import type { Timeline } from './timeline.ts';

interface ReopeningParts {
  readonly timeline: Timeline;
  readonly target: Pick<TargetOperatorActivities, 'askLateAttach' | 'restoreSubscriber'>;
}

/** Whether a card has tried to attach with what was withdrawn. A gateway that does not answer leaves the change as it ended. */
export async function isSeenLate({ timeline, target }: ReopeningParts): Promise<boolean> {
  timeline.show('reopened');
  try {
    const ask = () => target.askLateAttach(timeline.silentStep());
    return (await CancellationScope.nonCancellable(ask)).seen;
  } catch (cause) {
    log.warn('not reopened', { code: reasonOf(cause).code });
    return false;
  }
}

/** Brings the subscription back that was withdrawn: the change goes on behind its pivot, with what is on record of its card. */
export async function reopen(parts: ReopeningParts, { record }: Admission): Promise<Pivot> {
  const onRecord = record === undefined ? [] : eventsOnRecord(record);
  return { kind: 'passed', mayHaveLeft: true, facts: [...onRecord, await restored(parts)] };
}

/** A subscription that can't be had any more leaves the card in doubt. */
async function restored({ timeline, target }: ReopeningParts): Promise<CardEvent> {
  try {
    await CancellationScope.nonCancellable(() => target.restoreSubscriber(timeline.step('reopened')));
    return { kind: 'woken' };
  } catch (cause) {
    return { kind: 'restoreFailed', reason: reasonOf(cause) };
  }
}
