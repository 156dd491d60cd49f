import { WorkflowClient } from '@temporalio/client';
import { routeEvents } from '../activities/events/event-router.ts';
import type { StartRole } from './roles.ts';

/** Turns HLR and device events into signals; any number of these share the partitions. */
export const startEventRouter: StartRole = async ({ resources, signal }) => {
  const { config, database, bus, index, log } = resources;
  const workflows = new WorkflowClient({
    connection: await resources.native(signal),
    namespace: config.temporal.namespace,
  });
  return routeEvents({
    database,
    bus,
    workflows,
    index,
    group: `rehome-event-router-${config.settings.TASK_QUEUE}`,
    log,
  });
};
