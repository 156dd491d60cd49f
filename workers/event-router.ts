import { routeEvents } from '../services/event-router/event-router.ts';
import { changeReopener } from '../services/requests/reopen-change.ts';
import { requestChange } from '../services/requests/request-change.ts';
import { policyOf } from './application.ts';
import type { StartRole } from './roles.ts';

/** Turns HLR and device events into signals, and requests of devices into changes; any number of these share the partitions. */
export const startEventRouter: StartRole = async ({ resources, signal }) => {
  const { config, database, bus, index, log } = resources;
  const workflows = resources.workflows(await resources.native(signal));
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
