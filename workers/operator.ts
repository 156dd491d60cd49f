import { ProvisioningClient } from '../activities/adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../activities/operator/index.ts';
import { listOperators } from '../activities/registry/operators.ts';
import { operatorTaskQueue } from '../workflows/contract.ts';
import { together, type StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/** One task queue per operator, each with that operator's rate limit. `only` names the operators to serve; default: all. */
export const startOperatorWorkers: StartRole = async (context) => {
  const { resources, only } = context;
  const { config, database, vault } = resources;
  const { TASK_QUEUE, OPERATOR_CALLS_PER_SECOND } = config.settings;
  const operators = (await listOperators(database)).filter(({ id }) => only.length === 0 || only.includes(id));
  if (operators.length === 0)
    throw new Error(
      'no operator is registered that this worker could serve; register some with `rehome operators import FILE.json`',
    );
  return together(
    operators.map(async ({ id, provisioningUrl }) => {
      const gateway = new ProvisioningClient({ operator: id, url: provisioningUrl, tls: config.operatorTls });
      const running = await runTemporalWorker(context, {
        taskQueue: operatorTaskQueue(TASK_QUEUE, id),
        activities: operatorActivities({ operator: id, gateway, database, vault }),
        maxTaskQueueActivitiesPerSecond: OPERATOR_CALLS_PER_SECOND,
      });
      return {
        ended: running.ended,
        stop: async () => {
          await running.stop();
          await gateway.close();
        },
      };
    }),
  );
};
