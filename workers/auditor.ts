import { Context } from '@temporalio/activity';
import { auditPage, type AuditCards } from '../activities/audit/scheduled-audit.ts';
import { auditTaskQueue } from '../workflows/audit-ports.ts';
import { auditCards } from './audit-cards.ts';
import type { StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/**
 * The questions of the scheduled audit. They have a queue of their own: one page has cards of several operators, so none of their queues
 * fits, and the orchestrator reaches no gateway. A process looks at one page at a time, so that an audit takes little of what a gateway
 * can do.
 */
export const startAuditor: StartRole = async (context) => {
  const { resources, signal } = context;
  const { config, database, index, log } = resources;
  const { TASK_QUEUE: taskQueue } = config.settings;
  const workflows = resources.workflows(await resources.native(signal));
  const compare: AuditCards = (iccids) => {
    const activity = Context.current();
    const watched = {
      onAsked: () => {
        activity.heartbeat();
      },
      signal: activity.cancellationSignal,
    };
    const page = auditCards(resources, { temporal: { workflows, index, taskQueue }, ...watched }, iccids);
    // An answer that takes its time must not hold up a process that is to stop.
    return Promise.race([page, activity.cancelled]);
  };
  return runTemporalWorker(context, {
    taskQueue: auditTaskQueue(taskQueue),
    activities: { auditPage: auditPage({ database, log, auditCards: compare }) },
    maxConcurrentActivityTaskExecutions: 1,
  });
};
