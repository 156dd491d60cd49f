import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import { operatorTaskQueue, smscTaskQueue, type ChangePolicy } from '../shared/contract.ts';
import type {
  OtaActivities,
  PacketActivities,
  RegistryActivities,
  SourceOperatorActivities,
  TargetOperatorActivities,
} from './ports.ts';

type OwnActivities = RegistryActivities & PacketActivities;
type PeerActivities = SourceOperatorActivities & TargetOperatorActivities & OtaActivities;

/** How soon each kind of peer is asked again; a peer's own wish (Retry-After) counts up to the longest of these intervals. */
const ASK_DATABASE_AGAIN = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '10 seconds',
} as const;
const ASK_GATEWAY_AGAIN = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;
const ASK_SMSC_AGAIN = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;
/** A card that sleeps for weeks, and an operator that does not let go: the server itself repeats, at no cost in history. */
const LONGEST_WATCH = '1 day';
const ONCE_A_DAY = { initialInterval: '1 day', backoffCoefficient: 1, maximumInterval: '1 day' } as const;
/** A consent may wait for a person. */
const ASK_FOR_DECISION_AGAIN = {
  initialInterval: '5 seconds',
  backoffCoefficient: 2,
  maximumInterval: '10 minutes',
} as const;

/** A local activity waits this long for our own database, then a regular one waits in its place. */
const LOCALLY = {
  startToCloseTimeout: '2 seconds',
  scheduleToCloseTimeout: '4 seconds',
  retry: { maximumAttempts: 2, initialInterval: '200 milliseconds' },
} as const;

/** The activities of one change, each with the patience that its place in the story allows. */
export type Steps = ReturnType<typeof stepsOf>;

export function stepsOf(policy: ChangePolicy) {
  const { taskQueue } = workflowInfo();
  const options = stepOptions(policy);
  const at = <Name extends keyof PeerActivities>(name: Name, queue: string, summary: string) =>
    proxyActivities<Pick<PeerActivities, Name>>({ ...options[name], taskQueue: queue, summary })[name];

  return {
    own: ownActivities(options, taskQueue),

    sourceOperator: (operator: string) => {
      const queue = operatorTaskQueue(taskQueue, operator);
      return {
        askConsent: at('askConsent', queue, `may it leave ${operator}?`),
        releaseSubscriber: at('releaseSubscriber', queue, `bar and delete at ${operator}`),
        insistOnRelease: at('insistOnRelease', queue, `bar and delete at ${operator}, asked once a day`),
        watchSource: at('watchSource', queue, `asked less and less often: still served at ${operator}?`),
      };
    },

    targetOperator: (operator: string) => {
      const queue = operatorTaskQueue(taskQueue, operator);
      return {
        askPool: at('askPool', queue, `has ${operator} an IMSI to give?`),
        reserveSubscriber: at('reserveSubscriber', queue, `reserve at ${operator}`),
        withdrawSubscriber: at('withdrawSubscriber', queue, `undo: quarantine at ${operator}`),
        confirmAttach: at('confirmAttach', queue, `attached at ${operator}?`),
        watchAttach: at('watchAttach', queue, `asked less and less often: attached at ${operator}?`),
        askLateAttach: at('askLateAttach', queue, `did a card try to attach at ${operator}?`),
        restoreSubscriber: at('restoreSubscriber', queue, `out of quarantine at ${operator}`),
      };
    },

    ota: (smsc: string) => ({
      checkAdminCode: at('checkAdminCode', smscTaskQueue(taskQueue, smsc), `is the admin code right? through ${smsc}`),
      sendOverTheAir: at('sendOverTheAir', smscTaskQueue(taskQueue, smsc), `one packet through ${smsc}`),
      resendOverTheAir: at('resendOverTheAir', smscTaskQueue(taskQueue, smsc), `the same packet through ${smsc}`),
      refreshDevice: at('refreshDevice', smscTaskQueue(taskQueue, smsc), `REFRESH, without a change, through ${smsc}`),
      rewriteCard: at('rewriteCard', smscTaskQueue(taskQueue, smsc), `a torn card written again, through ${smsc}`),
      probeCard: at('probeCard', smscTaskQueue(taskQueue, smsc), `what does the card hold? through ${smsc}`),
    }),
  };
}

/**
 * How long one attempt may take, how soon the next one follows, and when the step is given up; without a last line it never is.
 * An answer that was lost is found by asking again, so an attempt may be given up at any time. A cancellation waits for the attempt
 * under way: an undo must not overtake the step that it undoes, nor an end be recorded while the step still runs.
 */
function stepOptions(policy: ChangePolicy) {
  const { attemptSeconds, consentPatienceSeconds, stepPatienceSeconds, releasePatienceSeconds, attachPollSeconds } =
    policy;
  const attempt = {
    startToCloseTimeout: `${attemptSeconds} seconds`,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  } as const;
  const lessAndLessOften = {
    initialInterval: `${attachPollSeconds} seconds`,
    ...{ backoffCoefficient: 2, maximumInterval: LONGEST_WATCH },
  } as const;
  const within = (seconds: number) => ({ ...attempt, scheduleToCloseTimeout: `${seconds} seconds` }) as const;
  return {
    admitChange: { ...attempt, retry: ASK_DATABASE_AGAIN },
    askConsent: { ...within(consentPatienceSeconds), retry: ASK_FOR_DECISION_AGAIN },
    // Worth a moment, and no more: whoever does not answer is asked for the subscriber later.
    askPool: { ...within(attemptSeconds), retry: ASK_GATEWAY_AGAIN },
    reserveSubscriber: { ...within(stepPatienceSeconds), retry: ASK_GATEWAY_AGAIN },
    lookUpAdminCode: { ...within(stepPatienceSeconds), retry: ASK_DATABASE_AGAIN },
    checkAdminCode: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    sendOverTheAir: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    resendOverTheAir: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    rewriteCard: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    probeCard: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    refreshDevice: { ...within(stepPatienceSeconds), retry: ASK_SMSC_AGAIN },
    // Given up in time for the deadline to be looked at; the watch then asks again.
    confirmAttach: { ...within(Math.max(attachPollSeconds, attemptSeconds)), retry: ASK_GATEWAY_AGAIN },
    watchAttach: { ...attempt, retry: lessAndLessOften },
    watchSource: { ...attempt, retry: lessAndLessOften },
    askLateAttach: { ...within(stepPatienceSeconds), retry: ASK_GATEWAY_AGAIN },
    restoreSubscriber: { ...within(stepPatienceSeconds), retry: ASK_GATEWAY_AGAIN },
    releaseSubscriber: { ...within(releasePatienceSeconds), retry: ASK_GATEWAY_AGAIN },
    insistOnRelease: { ...attempt, retry: ONCE_A_DAY },
    stopSending: { ...attempt, retry: ASK_DATABASE_AGAIN },
    withdrawSubscriber: { ...attempt, retry: ASK_GATEWAY_AGAIN },
    acceptAttach: { ...attempt, retry: ASK_DATABASE_AGAIN },
    recordState: { ...attempt, retry: ASK_DATABASE_AGAIN },
  } satisfies Record<keyof (OwnActivities & PeerActivities), ActivityOptions>;
}

/**
 * Our own database is asked by local activities, which cost one event; when it is away, the regular activity of the same name
 * waits for it, so that no workflow task hangs.
 */
function ownActivities(options: Record<keyof OwnActivities, ActivityOptions>, taskQueue: string): OwnActivities {
  const local = proxyLocalActivities<OwnActivities>(LOCALLY);
  const regular = <Name extends keyof OwnActivities>(name: Name) =>
    proxyActivities<Pick<OwnActivities, Name>>({ ...options[name], taskQueue, summary: 'waits for the database' })[
      name
    ];

  return {
    admitChange: localFirst(local.admitChange, regular('admitChange')),
    lookUpAdminCode: localFirst(local.lookUpAdminCode, regular('lookUpAdminCode')),
    acceptAttach: localFirst(local.acceptAttach, regular('acceptAttach')),
    recordState: localFirst(local.recordState, regular('recordState')),
    stopSending: localFirst(local.stopSending, regular('stopSending')),
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
