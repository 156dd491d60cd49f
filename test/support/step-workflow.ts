import { proxyActivities } from '@temporalio/workflow';

/** One activity, as a workflow has it done: at a task queue, and again when it fails in a way that may pass. */
export interface OneStep {
  readonly taskQueue: string;
  readonly name: string;
  readonly input: object;
}

export async function oneStep({ taskQueue, name, input }: OneStep): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: object) => Promise<unknown>>>({
    ...{ taskQueue, startToCloseTimeout: '10 seconds', scheduleToCloseTimeout: '30 seconds' },
  });
  const activity = activities[name];
  if (activity === undefined) throw new Error(`there is no activity ${name}`);
  return activity(input);
}
