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
export function stepsOf({ attemptSeconds, stepPatienceSeconds, releasePatienceSeconds }: ChangePolicy) {
  const { taskQueue } = workflowInfo();
  // An answer that was lost is found by asking again, so an attempt may be given up at any time.
  const attempt = { startToCloseTimeout: `${attemptSeconds} seconds`, retry: RETRY } as const;
  const beforePivot = { ...attempt, scheduleToCloseTimeout: `${stepPatienceSeconds} seconds` } as const;
  const release = { ...attempt, scheduleToCloseTimeout: `${releasePatienceSeconds} seconds` } as const;

  return {
    own: ownActivities({ ...attempt, taskQueue }),

    sourceOperator: (operator: string) => {
      const at = { taskQueue: operatorTaskQueue(taskQueue, operator) };
      return {
        ...pick(
          'askConsent',
          proxyActivities<SourceOperatorActivities>({ ...beforePivot, ...at, summary: `may it leave ${operator}?` }),
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
          proxyActivities<TargetOperatorActivities>({ ...beforePivot, ...at, summary: `reserve at ${operator}` }),
        ),
        ...pick(
          'withdrawSubscriber',
          proxyActivities<TargetOperatorActivities>({ ...attempt, ...at, summary: `undo: quarantine at ${operator}` }),
        ),
        ...pick(
          'confirmAttach',
          proxyActivities<TargetOperatorActivities>({ ...attempt, ...at, summary: `attached at ${operator}?` }),
        ),
      };
    },

    ota: (smsc: string) =>
      proxyActivities<OtaActivities>({
        ...beforePivot,
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

/** True when the database timed out, or was classified as unreachable; a refusal is an answer. */
function gaveNoAnswer(cause: unknown): boolean {
  if (!(cause instanceof ActivityFailure)) return false;
  return (
    cause.cause instanceof TimeoutFailure ||
    (cause.cause instanceof ApplicationFailure && cause.cause.nonRetryable !== true)
  );
}

const pick = <Activities, Name extends keyof Activities>(name: Name, activities: Activities) =>
  ({ [name]: activities[name] }) as Pick<Activities, Name>;
