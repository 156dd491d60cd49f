import { join } from 'node:path';
import { reconciliationReportActivities } from '../activities/reconciliation/scheduled-reconciliation.ts';
import { readingActivities } from '../activities/reading/reading-activities.ts';
import { registryActivities } from '../activities/change/registry/index.ts';
import { lookBackHours } from './reconciliation-schedule.ts';
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
      ...reconciliationReportActivities({ database, log, hours: lookBackHours(config.settings) }),
    },
  });
};
