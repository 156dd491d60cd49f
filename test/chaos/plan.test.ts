import { OperatorFaultPlan } from '../../simulators/operator/faults.ts';
import { SmscFaultPlan } from '../../simulators/smsc/faults.ts';
import { ENGINES, chaosPlan } from './plan.ts';

const cards = Array.from({ length: 60 }, (_, index) => ({
  iccid: `card-${String(index)}`,
  profile: ['cpa-aes', 'cpa-aes', 'cpa-aes', 'rfm-aes', 'cpa-aes-consent'][index % 5] ?? '',
}));
const plan = (seed: string) => chaosPlan({ seed, changes: 40, stormMs: 240_000, cards });

test('the same seed gives the same plan, to the last number', () => {
  expect(plan('1')).toEqual(plan('1'));
});

test('another seed gives another plan', () => {
  expect(plan('2').happenings).not.toEqual(plan('1').happenings);
});

test('a plan asks for as many changes as it was told, within the storm, in the order of time', () => {
  const { happenings, stormMs } = plan('3');
  expect(happenings.filter(({ kind }) => kind === 'change')).toHaveLength(40);
  expect(happenings.map(({ atMs }) => atMs)).toEqual(happenings.map(({ atMs }) => atMs).sort((a, b) => a - b));
  expect(happenings.every(({ atMs }) => atMs >= 0 && atMs < stormMs)).toBe(true);
});

test('the simulators know every word of a plan, and every fault of the SMSC comes in a long one', () => {
  const words = new Set<string>();
  for (const seed of ['1', '2', '3', '4']) {
    for (const happening of plan(seed).happenings) {
      if (happening.kind !== 'faults') continue;
      (happening.element === 'smsc' ? SmscFaultPlan : OperatorFaultPlan).parse(happening.plan);
      for (const word of Object.keys(happening.plan)) words.add(word);
    }
  }
  // How long users think is no fault.
  const left = Object.keys(SmscFaultPlan.shape).filter((word) => !words.has(word) && word !== 'userAnswersAfterMs');
  expect(left).toEqual([]);
});

test('every engine and every worker dies in a plan of some minutes', () => {
  const victims = plan('5').happenings.flatMap((one) => (one.kind === 'kill' ? [one.victim] : []));
  expect(victims).toEqual(
    expect.arrayContaining([...ENGINES, 'orchestrator', 'operator', 'ota', 'event-router', 'outbox-relay', 'gateway']),
  );
});
