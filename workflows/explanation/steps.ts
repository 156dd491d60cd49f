import type { Condition, ConditionKind, Explanation } from './explanation.ts';
import type { FailureCode } from '../shared/failure-codes.ts';

/** An activity that the Temporal server repeats, or that no process takes, as its view of a workflow tells it. */
export interface RepeatedStep {
  readonly step: string;
  readonly attempt: number;
  readonly code: FailureCode | null;
  readonly message: string | null;
  readonly nextAttemptAt: Date | null;
  readonly notTakenSince: Date | null;
  readonly servedBy: Condition['servedBy'] | null;
}

/** Which condition an activity asks about. */
const ASKS: Readonly<Record<string, readonly ConditionKind[]>> = {
  askConsent: ['consent'],
  checkAdminCode: ['adminCode'],
  reserveSubscriber: ['reservation'],
  sendOverTheAir: ['submission'],
  confirmAttach: ['attach', 'provenAttach'],
  watchAttach: ['attach', 'provenAttach'],
  releaseSubscriber: ['release'],
  insistOnRelease: ['release'],
  withdrawSubscriber: ['withdrawal'],
};

/** What the Temporal server knows of the workflow of a change. */
export interface RepeatedSteps {
  readonly notTakenSince?: Date | null;
  readonly waiting: readonly RepeatedStep[];
}

/** What only the Temporal server knows of what a change waits for: attempts, the next one, and what no process takes. */
export function stepConditions(
  { notTakenSince = null, waiting }: RepeatedSteps,
  known: readonly Condition[] = [],
): readonly Condition[] {
  const taken = new Set<RepeatedStep>();
  const conditions = known.map((condition): Condition => {
    const step = waiting.find((one) => !taken.has(one) && ASKS[one.step]?.includes(condition.kind) === true);
    if (step === undefined) return condition;
    taken.add(step);
    return { ...condition, ...attemptsOf(step) };
  });
  const others = waiting.filter((step) => !taken.has(step));
  return [
    ...(notTakenSince === null ? [] : [untaken(notTakenSince)]),
    ...conditions,
    ...others.map((step): Condition => ({ kind: 'step', of: 'rehome', ...attemptsOf(step) })),
  ];
}

/** The explanation with what the Temporal server knows besides. */
export const withSteps = (explanation: Explanation, steps: RepeatedSteps): Explanation => ({
  ...explanation,
  conditions: stepConditions(steps, explanation.conditions),
});

const untaken = (since: Date): Condition => ({
  ...{ kind: 'orchestrator', of: 'rehome', notTakenSince: since.toISOString() },
  servedBy: { role: 'orchestrator', id: null },
});

function attemptsOf(step: RepeatedStep): Omit<Condition, 'kind' | 'of'> {
  const { attempt, code, message, nextAttemptAt, notTakenSince, servedBy } = step;
  return {
    ...{ step: step.step, attempts: attempt },
    ...(message !== null && { lastAnswer: { code, message } }),
    ...(nextAttemptAt !== null && { nextAttemptAt: nextAttemptAt.toISOString() }),
    ...(notTakenSince !== null && { notTakenSince: notTakenSince.toISOString() }),
    ...(servedBy && { servedBy }),
  };
}
