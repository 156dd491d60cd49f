import { ProvisioningClient } from '../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../activities/change/operator/index.ts';
import { listOperators } from '../services/registry/operators.ts';
import { operatorTaskQueue } from '../workflows/shared/contract.ts';
import { together, toServe, type StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/** One task queue per operator, each with that operator's rate limit. */
export const startOperatorWorkers: StartRole = async (context) => {
  const { resources } = context;
  const { config, database, vault } = resources;
  const { TASK_QUEUE, OPERATOR_CALLS_PER_SECOND } = config.settings;
  const operators = toServe('operator', await listOperators(database), context.operators);
  return together(
    operators.map(async ({ id, provisioningUrl }) => {
      const gateway = new ProvisioningClient({ operator: id, url: provisioningUrl, tls: config.operatorTls });
      const running = await runTemporalWorker(context, {
        taskQueue: operatorTaskQueue(TASK_QUEUE, id),
        activities: operatorActivities({ operator: id, gateway, database, vault }),
        maxTaskQueueActivitiesPerSecond: OPERATOR_CALLS_PER_SECOND,
      }).catch(async (cause: unknown) => {
        await gateway.close();
        throw cause;
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
