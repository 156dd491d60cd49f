import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { DataConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { FAILURE_CONVERTER, dataConverterOf } from '../../adapters/vault/data-converter.ts';
import { SealingCodec } from '../../adapters/vault/payload-codec.ts';
import { pinnedTemporalCli } from '../../scripts/engines/installation.ts';
import type { Step } from '../../workflows/change/ports.ts';
import { SEARCH_ATTRIBUTES, operatorTaskQueue, smscTaskQueue } from '../../workflows/shared/contract.ts';
import { ChangeBuilder } from './change-builder.ts';
import type { ChangeRun } from './change-run.ts';
import type { FakeNetwork } from './fake-network.ts';
import { STEPS, type StepName } from './network-plan.ts';
import { freshPayloadKey } from './payload-key.ts';
import { pinnedTestServer } from './test-server.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** Seals as an installation does: every test of the workflow is one of the codec too. */
const SEALING = dataConverterOf(
  new SealingCodec({ keys: [freshPayloadKey('bench')], namespace: 'default', encryption: 'required' }),
);
/** What is recorded for replays is written in the clear, so that a person can read what changed. */
const IN_THE_CLEAR = { failureConverterPath: FAILURE_CONVERTER } as const;

const KEYWORD = 2;
const NAMESPACE = 'default';

/** The real workflow on a Temporal server, between fake networks: one per change. */
export class ChangeBench {
  readonly taskQueue = `bench-${randomUUID()}`;
  readonly #networks = new Map<string, FakeNetwork>();
  readonly #runs: ChangeRun[] = [];
  readonly #running: Promise<void>[] = [];
  #workers: readonly Worker[] = [];

  private constructor(
    readonly environment: TestWorkflowEnvironment,
    readonly dataConverter: DataConverter,
  ) {}

  /** On `timeSkipping`, hours pass as fast as nothing happens in them; `dev` is the real server, with real time. */
  static async start(
    server: 'timeSkipping' | 'dev' = 'timeSkipping',
    payloads: 'sealed' | 'in the clear' = 'sealed',
  ): Promise<ChangeBench> {
    const dataConverter = payloads === 'sealed' ? SEALING : IN_THE_CLEAR;
    // Rollbacks and retries are what the tests are about: their warnings would bury a real fault.
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
    });
    const executable = (path: string) =>
      ({ server: { executable: { type: 'existing-path', path } }, client: { dataConverter } }) as const;
    const environment =
      server === 'dev'
        ? await TestWorkflowEnvironment.createLocal(executable(pinnedTemporalCli().path))
        : await TestWorkflowEnvironment.createTimeSkipping(executable(pinnedTestServer()));
    const bench = new ChangeBench(environment, dataConverter);
    await environment.connection.operatorService.addSearchAttributes({
      namespace: NAMESPACE,
      searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD])),
    });
    await bench.#startWorkers();
    return bench;
  }

  /** A change of one card from operator-1 to operator-2. */
  change(): ChangeBuilder {
    return new ChangeBuilder(this);
  }

  join(network: FakeNetwork): void {
    this.#networks.set(network.plan.changeId, network);
  }

  follow(run: ChangeRun): ChangeRun {
    this.#runs.push(run);
    return run;
  }

  /** Ends what a test left open, and answers what its networks saw go wrong for a card. */
  async clear(): Promise<readonly string[]> {
    const breaches: string[] = [];
    for (const run of this.#runs.splice(0)) breaches.push(...(await run.wrapUp()));
    return breaches;
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.shutdown();
    await Promise.all(this.#running);
    await this.environment.teardown();
  }

  async #startWorkers(): Promise<void> {
    const activities = this.#dispatchingActivities();
    const { taskQueue } = this;
    const workers: WorkerOptions[] = [
      // Without a cache every workflow task replays the history from its start, so that each test also proves determinism.
      { taskQueue, activities, workflowBundle: await workflowBundle(), maxCachedWorkflows: 0 },
      { taskQueue: operatorTaskQueue(taskQueue, 'operator-1'), activities },
      { taskQueue: operatorTaskQueue(taskQueue, 'operator-2'), activities },
      { taskQueue: smscTaskQueue(taskQueue, 'smsc-1'), activities },
      { taskQueue: smscTaskQueue(taskQueue, 'smsc-2'), activities },
    ];
    const connection = this.environment.nativeConnection;
    this.#workers = await Promise.all(
      workers.map((options) => Worker.create({ ...options, connection, dataConverter: this.dataConverter })),
    );
    this.#running.push(...this.#workers.map((worker) => worker.run()));
  }

  /** Each call goes to the network of its change; a call of an activity as a local one is told apart. */
  #dispatchingActivities(): object {
    const dispatch =
      (step: StepName) =>
      async (input: Step): Promise<unknown> => {
        const network = this.#networks.get(input.changeId);
        if (network === undefined) throw new Error(`no network is laid out for change ${input.changeId}`);
        return network.call(step, input, Context.current().info.isLocal);
      };
    return Object.fromEntries(STEPS.map((step) => [step, dispatch(step)]));
  }
}
