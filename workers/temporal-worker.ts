import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { classify } from '../activities/classify.ts';
import type { RoleContext, Running } from './roles.ts';

const SHUTDOWN_GRACE = '4 seconds';
const SHUTDOWN_FORCE = '6 seconds';

/** Every error of an activity leaves the process as a failure of the table. */
const classifying: ActivityInboundCallsInterceptor = {
  execute: async (input, next) => {
    try {
      return await next(input);
    } catch (cause) {
      throw classify(cause);
    }
  },
};

export type OwnOptions = Pick<
  WorkerOptions,
  | 'taskQueue'
  | 'activities'
  | 'workflowBundle'
  | 'maxTaskQueueActivitiesPerSecond'
  | 'maxConcurrentActivityTaskPolls'
  | 'maxConcurrentActivityTaskExecutions'
>;

/** Runs one Temporal worker with the settings that all of them share. */
export async function runTemporalWorker(
  { resources, signal, activityInterceptors = [] }: RoleContext,
  options: OwnOptions,
): Promise<Running> {
  const { settings, temporal } = resources.config;
  const worker = await Worker.create({
    connection: await resources.native(signal),
    namespace: temporal.namespace,
    dataConverter: resources.dataConverter,
    maxConcurrentWorkflowTaskPolls: settings.WORKFLOW_TASK_POLLERS,
    maxConcurrentActivityTaskPolls: settings.ACTIVITY_POLLERS,
    maxCachedWorkflows: settings.CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: `${settings.STICKY_SECONDS} seconds`,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    interceptors: { activity: [...activityInterceptors, classifying].map((inbound) => () => ({ inbound })) },
    ...options,
  });
  const ended = worker.run();
  return {
    ended,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}
