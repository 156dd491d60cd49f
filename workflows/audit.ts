import { CancellationScope, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { auditTaskQueue, type AuditPageActivities, type AuditReportActivities } from './audit-ports.ts';
import { reasonOf } from './failures.ts';

/** Each page is about six events of history: a run stays below 3,000 of them. */
const PAGES_OF_A_RUN = 450;

/**
 * Compares every card that has an open change, or had news lately, with what is true. Reads only. What it finds is in its report; the
 * history holds nothing but how far it came. Its schedule gives it no arguments: how
 * far it looks back is set where it runs.
 */
export async function audit(after: string | null = null): Promise<void> {
  const { firstExecutionRunId: auditId, taskQueue } = workflowInfo();
  const report = proxyActivities<AuditReportActivities>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
  if (after === null) await report.beginAudit({ auditId });
  const gone = await lookAtPages(auditId, after);
  if (gone.kind === 'further') await continueAsNew<typeof audit>(gone.last);
  const why = gone.kind === 'gaveUp' && { gaveUp: gone.reason };
  await CancellationScope.nonCancellable(() => report.endAudit({ auditId, ...why }));
}

type Gone =
  | { readonly kind: 'done' }
  | { readonly kind: 'further'; readonly last: string }
  | { readonly kind: 'gaveUp'; readonly reason: string };

/** A page that nobody gets done holds up no later audit: this one ends, and its report says why. So it is when it is cancelled. */
async function lookAtPages(auditId: string, begin: string | null): Promise<Gone> {
  const { auditPage } = proxyActivities<AuditPageActivities>({
    taskQueue: auditTaskQueue(workflowInfo().taskQueue),
    // A page whose operators are slow to answer takes minutes; heartbeats tell it from a process that has died.
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
  let after = begin;
  try {
    for (let page = 0; page < PAGES_OF_A_RUN; page += 1) {
      const { last } = await auditPage({ auditId, after });
      if (last === null) return { kind: 'done' };
      after = last;
    }
  } catch (cause) {
    return { kind: 'gaveUp', reason: reasonOf(cause).message };
  }
  return after === null ? { kind: 'done' } : { kind: 'further', last: after };
}
