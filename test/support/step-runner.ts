import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { WorkflowClient, WorkflowFailedError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { projectRoot } from '../../scripts/engines/installation.ts';
import type { Config } from '../../temporal.config.ts';
import type { oneStep } from './step-workflow.ts';

/** Has single activities done by the workers that run, through Temporal, as a workflow would. */
export class StepRunner {
  readonly #connection: NativeConnection;
  readonly #client: WorkflowClient;
  readonly #worker: Worker;
  readonly #running: Promise<void>;
  readonly #taskQueue: string;

  private constructor({ connection, worker, namespace, taskQueue, dataConverter }: Parts) {
    this.#connection = connection;
    this.#client = new WorkflowClient({ connection, namespace, dataConverter });
    this.#worker = worker;
    this.#taskQueue = taskQueue;
    this.#running = worker.run();
  }

  static async start({ temporal: { address, namespace } }: Config, dataConverter: DataConverter): Promise<StepRunner> {
    const logger = new DefaultLogger('ERROR');
    Runtime.install({ logger });
    const workflowsPath = join(projectRoot(), 'test', 'support', 'step-workflow.ts');
    const [connection, workflowBundle] = await Promise.all([
      NativeConnection.connect({ address }),
      bundleWorkflowCode({ workflowsPath, logger }),
    ]);
    const taskQueue = `steps-${randomUUID()}`;
    const worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle, dataConverter });
    return new StepRunner({ connection, worker, namespace, taskQueue, dataConverter });
  }

  /** What the activity answers; throws its failure. */
  async run<Answer>(taskQueue: string, name: string, input: object): Promise<Answer> {
    try {
      const result = await this.#client.execute<typeof oneStep>('oneStep', {
        ...{ workflowId: `step/${randomUUID()}`, taskQueue: this.#taskQueue },
        args: [{ taskQueue, name, input }],
      });
      return result as Answer;
    } catch (cause) {
      // Of the workflow, of its activity, and then the activity's own.
      throw cause instanceof WorkflowFailedError ? (cause.cause?.cause ?? cause) : cause;
    }
  }

  async stop(): Promise<void> {
    this.#worker.shutdown();
    await this.#running;
    await this.#connection.close();
  }
}

interface Parts {
  readonly connection: NativeConnection;
  readonly worker: Worker;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly dataConverter: DataConverter;
}
