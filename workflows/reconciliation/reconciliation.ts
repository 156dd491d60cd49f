import { CancellationScope, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { reconciliationTaskQueue, type ReconcilePageActivities, type ReconciliationReportActivities } from './ports.ts';
import { reasonOf } from '../shared/failures.ts';

/** Each page is about six events of history: a run stays below 3,000 of them. */
const PAGES_OF_A_RUN = 450;

/**
 * Compares every card that has an open change, or had news lately, with what is true. Reads only. What it finds is in its report; the
 * history holds nothing but how far it came. Its schedule gives it no arguments: how
 * far it looks back is set where it runs.
 */
export async function reconciliation(after: string | null = null): Promise<void> {
  const { firstExecutionRunId: reconciliationId, taskQueue } = workflowInfo();
  const report = proxyActivities<ReconciliationReportActivities>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
  if (after === null) await report.beginReconciliation({ reconciliationId });
  const gone = await lookAtPages(reconciliationId, after);
  if (gone.kind === 'further') await continueAsNew<typeof reconciliation>(gone.last);
  const why = gone.kind === 'gaveUp' && { gaveUp: gone.reason };
  await CancellationScope.nonCancellable(() => report.endReconciliation({ reconciliationId, ...why }));
}

type Gone =
  | { readonly kind: 'done' }
  | { readonly kind: 'further'; readonly last: string }
  | { readonly kind: 'gaveUp'; readonly reason: string };

/** A page that nobody gets done holds up no later reconciliation: this one ends, and its report says why. So it is when it is cancelled. */
async function lookAtPages(reconciliationId: string, begin: string | null): Promise<Gone> {
  const { reconcilePage } = proxyActivities<ReconcilePageActivities>({
    taskQueue: reconciliationTaskQueue(workflowInfo().taskQueue),
    // A page whose operators are slow to answer takes minutes; heartbeats tell it from a process that has died.
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
  let after = begin;
  try {
    for (let page = 0; page < PAGES_OF_A_RUN; page += 1) {
      const { last } = await reconcilePage({ reconciliationId, after });
      if (last === null) return { kind: 'done' };
      after = last;
    }
  } catch (cause) {
    return { kind: 'gaveUp', reason: reasonOf(cause).message };
  }
  return after === null ? { kind: 'done' } : { kind: 'further', last: after };
}
