import { msToTs } from '@temporalio/common/lib/time';
import { waitingSteps } from '../../../services/requests/workflow-view.ts';

const NOW = new Date('2026-01-02T03:04:05.000Z');
const secondsAgo = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);
const at = (time: Date) => msToTs(time.getTime());
const SCHEDULED = 1;
const STARTED = 2;

/** A step at south's gateway, as Temporal's server tells it. */
const step = (facts: object) => ({
  activityType: { name: 'reserveSubscriber' },
  activityOptions: { taskQueue: { name: 'changes/operator/south' } },
  attempt: 1,
  ...facts,
});
const lastFailure = { message: 'south can not be reached', applicationFailureInfo: { type: 'HLR_UNREACHABLE' } };
const waiting = (facts: object) => waitingSteps([step(facts)], { taskQueue: 'changes', now: NOW });

test('a step whose first attempt is under way, or has only just been scheduled, waits for nothing', () => {
  expect(waiting({ state: STARTED, scheduledTime: at(secondsAgo(60)) })).toEqual([]);
  expect(waiting({ state: SCHEDULED, scheduledTime: at(secondsAgo(1)) })).toEqual([]);
});

test('a step that no process has taken is told, since when, and who would serve it', () => {
  expect(waiting({ state: SCHEDULED, scheduledTime: at(secondsAgo(60)) })).toEqual([
    {
      ...{ step: 'reserveSubscriber', attempt: 1, code: null, message: null, nextAttemptAt: null },
      ...{ notTakenSince: secondsAgo(60), servedBy: { role: 'operator', id: 'south' } },
    },
  ]);
});

test('the time of a next attempt is told while it is to come, and never once it is past', () => {
  const failed = { attempt: 4, lastFailure };
  const soon = secondsAgo(-30);
  expect(waiting({ ...failed, state: SCHEDULED, scheduledTime: at(soon) })).toMatchObject([
    { attempt: 4, code: 'HLR_UNREACHABLE', message: lastFailure.message, nextAttemptAt: soon, notTakenSince: null },
  ]);
  expect(waiting({ ...failed, state: STARTED, scheduledTime: at(secondsAgo(3)) })).toMatchObject([
    { nextAttemptAt: null, notTakenSince: null },
  ]);
  expect(waiting({ ...failed, state: SCHEDULED, scheduledTime: at(secondsAgo(30)) })).toMatchObject([
    { nextAttemptAt: null, notTakenSince: secondsAgo(30) },
  ]);
});

test.each([
  ['changes', { role: 'orchestrator', id: null }],
  ['changes/smsc/smsc-1', { role: 'ota', id: 'smsc-1' }],
  ['another', null],
])('the queue %s is served by %j', (name, servedBy) => {
  const facts = { activityOptions: { taskQueue: { name } }, state: SCHEDULED, scheduledTime: at(secondsAgo(9)) };
  expect(waiting(facts)).toMatchObject([{ servedBy }]);
});
