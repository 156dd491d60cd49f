import { join } from 'node:path';
import { auditReportActivities } from '../activities/audit/scheduled-audit.ts';
import { readingActivities } from '../activities/readings/reading-activities.ts';
import { registryActivities } from '../activities/registry/index.ts';
import { lookBackHours } from './audit-schedule.ts';
import type { StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/** Built with the rest by `npm run build`, so that no process bundles at its start. */
export const WORKFLOW_BUNDLE = join(__dirname, '..', 'workflow-bundle.js');

/** The workflows, and the activities that touch only our database. */
export const startOrchestrator: StartRole = (context) => {
  const { config, database, vault, profiles, log } = context.resources;
  return runTemporalWorker(context, {
    taskQueue: config.settings.TASK_QUEUE,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: {
      ...registryActivities({ database, vault, profiles }),
      ...readingActivities({ database, profiles }),
      ...auditReportActivities({ database, log, hours: lookBackHours(config.settings) }),
    },
  });
};
