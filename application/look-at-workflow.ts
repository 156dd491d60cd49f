import type { ChangeView, WorkflowView } from './views.ts';
import { isAway, messageOf } from './errors.ts';
import type { Desk } from './ports.ts';

/** What could be learnt of a workflow; `running` is null when Temporal gave no answer, so that nobody knows. */
export type WorkflowLook =
  | WorkflowView
  | { readonly running: null; readonly runId: null; readonly waiting: readonly []; readonly problem: string };

/** Asks Temporal, which may be away: where a change stands is known all the same. */
export async function lookAtWorkflow(
  desk: Pick<Desk, 'viewWorkflow'>,
  change: Pick<ChangeView, 'changeId' | 'iccid'>,
): Promise<WorkflowLook> {
  try {
    return await desk.viewWorkflow(change);
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    return { running: null, runId: null, waiting: [], problem: messageOf(cause) };
  }
}
