import { explain } from '../../../workflows/explanation/explain.ts';
import { withSteps, type RepeatedStep } from '../../../workflows/explanation/steps.ts';

const CHANGE = {
  ...{ changeId: 'c-1', iccid: '899', code: null, detail: '', source: 'source', target: 'target' },
} as const;
const NEXT = new Date('2026-01-01T00:00:00.000Z');
const STEP: RepeatedStep = {
  ...{ step: 'reserveSubscriber', attempt: 26, code: 'HLR_UNREACHABLE', message: 'away' },
  ...{ nextAttemptAt: NEXT, notTakenSince: null, servedBy: { role: 'operator', id: 'target' } },
};

test('a step that is repeated tells its attempts, its answer and the next attempt of what the change waits for', () => {
  const { conditions } = withSteps(explain({ ...CHANGE, state: 'reserving' }), { waiting: [STEP] });
  expect(conditions).toEqual([
    {
      ...{ kind: 'reservation', of: 'target', step: 'reserveSubscriber', attempts: 26 },
      lastAnswer: { code: 'HLR_UNREACHABLE', message: 'away' },
      nextAttemptAt: NEXT.toISOString(),
      servedBy: STEP.servedBy,
    },
  ]);
});

test('a step that asks about nothing else is a condition of its own', () => {
  const { conditions } = withSteps(explain({ ...CHANGE, state: 'awaitingAttach' }), {
    waiting: [{ ...STEP, step: 'watchSource' }],
  });
  expect(conditions.map(({ kind, step }) => [kind, step])).toEqual([
    ['attach', undefined],
    ['step', 'watchSource'],
  ]);
});

test('a workflow that no orchestrator takes says so first', () => {
  const { conditions } = withSteps(explain({ ...CHANGE, state: 'reserving' }), { notTakenSince: NEXT, waiting: [] });
  expect(conditions[0]).toEqual({
    ...{ kind: 'orchestrator', of: 'rehome', notTakenSince: NEXT.toISOString() },
    servedBy: { role: 'orchestrator', id: null },
  });
});
