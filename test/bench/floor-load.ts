// W0 as one process: its worker, and the client that starts and signals, over the worker's own connection.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { WorkflowClient } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { loadConfig } from '../../temporal.config.ts';
import { floor, floorSignal, type FloorActivities } from './floor-workflow.ts';
import { serveLoad } from './load.ts';

const TASK_QUEUE = 'bench-floor';

/** Told when the workflow of this id has sent. */
const whenSent = new Map<string, () => void>();
const activities: FloorActivities = {
  nothing: () => Promise.resolve(),
  send: () => {
    whenSent.get(activityInfo().workflowExecution?.workflowId ?? '')?.();
    return Promise.resolve();
  },
};

async function main(): Promise<void> {
  const { temporal, settings } = loadConfig();
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({ workflowsPath: join(__dirname, 'floor-workflow.js') }),
    activities,
    maxConcurrentWorkflowTaskPolls: settings.WORKFLOW_TASK_POLLERS,
    maxConcurrentActivityTaskPolls: settings.WORKFLOW_TASK_POLLERS,
    maxCachedWorkflows: settings.CACHED_WORKFLOWS,
  });
  const running = worker.run();
  const client = new WorkflowClient({ connection, namespace: temporal.namespace });
  await serveLoad(async () => {
    const workflowId = `floor/${randomUUID()}`;
    const sent = new Promise<void>((resolve) => whenSent.set(workflowId, resolve));
    const handle = await client.start(floor, { workflowId, taskQueue: TASK_QUEUE });
    await sent;
    whenSent.delete(workflowId);
    await handle.signal(floorSignal);
    await handle.signal(floorSignal);
    await handle.result();
    return { historyEvents: (await handle.describe()).historyLength };
  });
  worker.shutdown();
  await running;
  await connection.close();
}

void main().then(() => process.exit(0));
