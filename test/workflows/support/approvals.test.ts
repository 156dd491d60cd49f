import { standingOf, type Approval } from '../../../workflows/support/approvals.ts';
import { isSomebody } from '../../../workflows/shared/person.ts';

const HOUR = 3_600_000;
const at = (hours: number): Date => new Date(hours * HOUR);
const by = (name: string, hours: number): Approval => ({
  ...{ by: `user:${name}`, at: at(hours).toISOString(), reason: 'compared with the vendor’s file' },
});

const firstBy = (name: string, hours: number) => ({
  ...{ kind: 'first', first: by(name, hours), until: at(hours + 24).toISOString() },
});
const approvedBy = (first: Approval, second: Approval) => ({ kind: 'approved', first, second });

const CASES: readonly [who: string, approvals: readonly Approval[], now: number, standing: object][] = [
  ['nobody', [], 1, { kind: 'none' }],
  ['one person', [by('ann', 0)], 1, firstBy('ann', 0)],
  ['one person almost a day ago', [by('ann', 0)], 23.999, firstBy('ann', 0)],
  ['one person a day ago', [by('ann', 0)], 24, { kind: 'none' }],
  ['two persons', [by('ann', 0), by('ben', 1)], 1, approvedBy(by('ann', 0), by('ben', 1))],
  ['two persons, long ago', [by('ann', 0), by('ben', 23)], 1_000, approvedBy(by('ann', 0), by('ben', 23))],
  ['two persons a day apart', [by('ann', 0), by('ben', 24)], 25, firstBy('ben', 24)],
  [
    'a third person after two a day apart',
    [by('ann', 0), by('ben', 24), by('cy', 25)],
    25,
    approvedBy(by('ben', 24), by('cy', 25)),
  ],
  ['the same person twice', [by('ann', 0), by('ann', 2)], 3, firstBy('ann', 0)],
  ['the same person twice, which renews nothing', [by('ann', 0), by('ann', 20)], 24, { kind: 'none' }],
  ['the same person in another spelling', [by('ann smith', 0), by('Ann\u200b  SMITH', 1)], 2, firstBy('ann smith', 0)],
  [
    'the same person twice, then another',
    [by('ann', 0), by('ann', 1), by('ben', 2)],
    3,
    approvedBy(by('ann', 0), by('ben', 2)),
  ],
];

test.each(CASES)('a try that %s has approved', (...[, approvals, now, standing]) => {
  expect(standingOf(approvals, at(now))).toEqual(standing);
});

test.each([
  ['user:ann', true],
  ['user:', false],
  ['user: \u200b', false],
  ['', false],
  ['user:ann\nuser:ben', false],
  [`user:${'a'.repeat(95)}`, true],
  [`user:${'a'.repeat(96)}`, false],
])('whether %j is somebody: %s', (actor, is) => {
  expect(isSomebody(actor)).toBe(is);
});
