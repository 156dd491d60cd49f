import { Context } from '@temporalio/activity';
import { reconcilePage, type ReconcileCards } from '../activities/reconciliation/scheduled-reconciliation.ts';
import { reconciliationTaskQueue } from '../workflows/reconciliation/ports.ts';
import { reconcileCards } from './reconcile-cards.ts';
import type { StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/**
 * The questions of the scheduled reconciliation. They have a queue of their own: one page has cards of several operators, so none of their queues
 * fits, and the orchestrator reaches no gateway. A process looks at one page at a time, so that a reconciliation takes little of what a gateway
 * can do.
 */
export const startReconciler: StartRole = async (context) => {
  const { resources, signal } = context;
  const { config, database, index, log } = resources;
  const { TASK_QUEUE: taskQueue } = config.settings;
  const workflows = resources.workflows(await resources.native(signal));
  const compare: ReconcileCards = (iccids) => {
    const activity = Context.current();
    const watched = {
      onAsked: () => {
        activity.heartbeat();
      },
      signal: activity.cancellationSignal,
    };
    const page = reconcileCards(resources, { temporal: { workflows, index, taskQueue }, ...watched }, iccids);
    // An answer that takes its time must not hold up a process that is to stop.
    return Promise.race([page, activity.cancelled]);
  };
  return runTemporalWorker(context, {
    taskQueue: reconciliationTaskQueue(taskQueue),
    activities: { reconcilePage: reconcilePage({ database, log, reconcileCards: compare }) },
    maxConcurrentActivityTaskExecutions: 1,
  });
};
