import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleAlreadyRunning,
  ScheduleClient,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Connection,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import type { Settings } from '../temporal.config.ts';
import { RECONCILIATION, reconciliationScheduleId } from '../workflows/reconciliation/ports.ts';
import type { Resources } from './resources.ts';

const MILLISECONDS_OF_AN_HOUR = 3_600_000;
/** A reconciliation that was due while Temporal was away is made up for if that is no longer ago. */
const CATCH_UP_MILLISECONDS = MILLISECONDS_OF_AN_HOUR;
const ONCE_A_DAY = 24;

/** Each card that had news is looked at twice: soon, and when the news has settled; so one reconciliation that is missed loses none. */
export const lookBackHours = ({ RECONCILE_EVERY_HOURS: hours }: Settings): number =>
  2 * (hours === 0 ? ONCE_A_DAY : hours);

/**
 * Makes the schedule of the reconciliation, or brings it up to date, or takes it away when there is to be none; one that a person has paused stays
 * paused. Repeatable, also by several processes at once. Resolves to its id if anything was done.
 */
export async function putReconciliationSchedule(
  connection: Connection,
  { config, dataConverter }: Resources,
): Promise<string[]> {
  const { settings, temporal } = config;
  const client = new ScheduleClient({ connection, namespace: temporal.namespace, dataConverter });
  const handle = client.getHandle(reconciliationScheduleId(settings.TASK_QUEUE));
  if (settings.RECONCILE_EVERY_HOURS === 0)
    return (await unlessThereIsNone(handle.delete())) ? [handle.scheduleId] : [];
  const wanted = scheduleOf(settings);
  try {
    await client.create(wanted);
    return [handle.scheduleId];
  } catch (cause) {
    if (!(cause instanceof ScheduleAlreadyRunning)) throw cause;
    return bringUpToDate(handle, wanted);
  }
}

const scheduleOf = ({ TASK_QUEUE: taskQueue, RECONCILE_EVERY_HOURS: hours }: Settings) =>
  ({
    scheduleId: reconciliationScheduleId(taskQueue),
    spec: { intervals: [{ every: hours * MILLISECONDS_OF_AN_HOUR }] },
    action: {
      type: 'startWorkflow',
      workflowType: RECONCILIATION,
      workflowId: reconciliationScheduleId(taskQueue),
      taskQueue,
      args: [],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MILLISECONDS },
  }) as const satisfies ScheduleOptions;

async function bringUpToDate(handle: ScheduleHandle, wanted: ReturnType<typeof scheduleOf>): Promise<string[]> {
  if (isDeepStrictEqual(partsOf(await handle.describe()), partsOf(wanted))) return [];
  await handle.update(({ state }) => ({ ...wanted, state }));
  return [handle.scheduleId];
}

/** What of a schedule is ours to set. */
interface Parts {
  readonly spec: { readonly intervals?: readonly { readonly every: unknown }[] };
  readonly action: { readonly workflowType: unknown; readonly taskQueue: string };
  readonly policies?: { readonly overlap?: unknown; readonly catchupWindow?: unknown };
}
const partsOf = ({ spec, action, policies }: Parts) => ({
  intervals: spec.intervals?.map(({ every }) => every),
  ...{ workflowType: action.workflowType, taskQueue: action.taskQueue },
  ...{ overlap: policies?.overlap, catchupWindow: policies?.catchupWindow },
});

async function unlessThereIsNone(deleting: Promise<void>): Promise<boolean> {
  try {
    await deleting;
    return true;
  } catch (cause) {
    if (cause instanceof ScheduleNotFoundError) return false;
    throw cause;
  }
}
