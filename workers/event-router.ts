import { WorkflowClient } from '@temporalio/client';
import { routeEvents } from '../activities/events/event-router.ts';
import { changeReopener } from '../activities/requests/reopen-change.ts';
import { requestChange } from '../activities/requests/request-change.ts';
import { policyOf } from './desk.ts';
import type { StartRole } from './roles.ts';

/** Turns HLR and device events into signals, and requests of devices into changes; any number of these share the partitions. */
export const startEventRouter: StartRole = async ({ resources, signal }) => {
  const { config, database, bus, index, log } = resources;
  const workflows = new WorkflowClient({
    connection: await resources.native(signal),
    namespace: config.temporal.namespace,
  });
  const requests = {
    ...{ database, workflows, index },
    ...{ taskQueue: config.settings.TASK_QUEUE, policy: policyOf(config.settings) },
  };
  return routeEvents({
    requestChange: (request) => requestChange(requests, request),
    reopenChange: changeReopener(requests),
    database,
    bus,
    workflows,
    index,
    group: `rehome-event-router-${config.settings.TASK_QUEUE}`,
    log,
  });
};
