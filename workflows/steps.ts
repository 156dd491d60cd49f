import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import { operatorTaskQueue, smscTaskQueue, type ChangePolicy } from './contract.ts';
import type {
  OtaActivities,
  PacketActivities,
  RegistryActivities,
  SourceOperatorActivities,
  TargetOperatorActivities,
} from './ports.ts';

type OwnActivities = RegistryActivities & PacketActivities;

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** The activities of one change, each with the patience that its place in the story allows. */
export function stepsOf(policy: ChangePolicy) {
  const { attemptSeconds, stepPatienceSeconds, releasePatienceSeconds, attachPollSeconds } = policy;
  const { taskQueue } = workflowInfo();
  // An answer that was lost is found by asking again, so an attempt may be given up at any time. A cancellation waits for the
  // attempt under way: an undo must not overtake the step that it undoes, nor an end be recorded while the step still runs.
  const attempt = {
    startToCloseTimeout: `${attemptSeconds} seconds`,
    retry: RETRY,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  } as const;
  const patient = { ...attempt, scheduleToCloseTimeout: `${stepPatienceSeconds} seconds` } as const;
  // Given up in time for the deadline to be looked at; the watch then asks again.
  const questionSeconds = Math.max(attachPollSeconds, attemptSeconds);
  const question = { ...attempt, scheduleToCloseTimeout: `${questionSeconds} seconds` } as const;
  const release = { ...attempt, scheduleToCloseTimeout: `${releasePatienceSeconds} seconds` } as const;

  return {
    own: ownActivities({ ...attempt, taskQueue }),

    sourceOperator: (operator: string) => {
      const at = { taskQueue: operatorTaskQueue(taskQueue, operator) };
      return {
        ...pick(
          'askConsent',
          proxyActivities<SourceOperatorActivities>({ ...patient, ...at, summary: `may it leave ${operator}?` }),
        ),
        ...pick(
          'releaseSubscriber',
          proxyActivities<SourceOperatorActivities>({ ...release, ...at, summary: `bar and delete at ${operator}` }),
        ),
      };
    },

    targetOperator: (operator: string) => {
      const at = { taskQueue: operatorTaskQueue(taskQueue, operator) };
      return {
        ...pick(
          'reserveSubscriber',
          proxyActivities<TargetOperatorActivities>({ ...patient, ...at, summary: `reserve at ${operator}` }),
        ),
        ...pick(
          'withdrawSubscriber',
          proxyActivities<TargetOperatorActivities>({ ...attempt, ...at, summary: `undo: quarantine at ${operator}` }),
        ),
        ...pick(
          'confirmAttach',
          proxyActivities<TargetOperatorActivities>({ ...question, ...at, summary: `attached at ${operator}?` }),
        ),
      };
    },

    ota: (smsc: string) =>
      proxyActivities<OtaActivities>({
        ...patient,
        taskQueue: smscTaskQueue(taskQueue, smsc),
        summary: `one packet through ${smsc}`,
      }),
  };
}

/**
 * Our own database is asked by local activities, which cost one event; when it is away, the regular activity of the same name
 * waits for it, so that no workflow task hangs.
 */
function ownActivities(attempt: ActivityOptions): OwnActivities {
  const local = proxyLocalActivities<OwnActivities>({
    startToCloseTimeout: '2 seconds',
    scheduleToCloseTimeout: '4 seconds',
    retry: { maximumAttempts: 2, initialInterval: '200 milliseconds' },
  });
  const regular = proxyActivities<OwnActivities>({ ...attempt, summary: 'waits for the database' });

  return {
    admitChange: localFirst(local.admitChange, regular.admitChange),
    lookUpAdminCode: localFirst(local.lookUpAdminCode, regular.lookUpAdminCode),
    recordState: localFirst(local.recordState, regular.recordState),
    stopSending: localFirst(local.stopSending, regular.stopSending),
  };
}

function localFirst<Input, Output>(
  local: (input: Input) => Promise<Output>,
  regular: (input: Input) => Promise<Output>,
) {
  return (input: Input): Promise<Output> =>
    local(input).catch((cause: unknown) => {
      if (!gaveNoAnswer(cause)) throw cause;
      return regular(input);
    });
}

/**
 * True when the database timed out, or was classified as unreachable; a refusal is an answer. The failure of a local activity
 * comes bare, not inside an ActivityFailure.
 */
function gaveNoAnswer(cause: unknown): boolean {
  const inner = cause instanceof ActivityFailure ? cause.cause : cause;
  return inner instanceof TimeoutFailure || (inner instanceof ApplicationFailure && inner.nonRetryable !== true);
}

const pick = <Activities, Name extends keyof Activities>(name: Name, activities: Activities) =>
  ({ [name]: activities[name] }) as Pick<Activities, Name>;
