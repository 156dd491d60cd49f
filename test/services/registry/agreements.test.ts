import { Agreement } from '../../../services/registry/agreements.ts';

const BARE = { source: 'north', target: 'south', consent: 'none' };
const FULL = {
  ...BARE,
  consent: 'askForDeviceRequests',
  deviceRequests: 'allowed',
  minimumStayDays: 30,
  cardProfiles: ['cpa-aes'],
  overlapHours: 48,
  releaseDays: 14,
  sameDevice: 'required',
};

test('an agreement needs no more than its direction and whether consent is asked for', () => {
  expect(Agreement.parse(BARE)).toEqual({ ...BARE, deviceRequests: 'refused' });
  expect(Agreement.parse({ ...BARE, consent: 'ask' })).toMatchObject({ consent: 'ask' });
});

test('an agreement may say all of its terms', () => {
  expect(Agreement.parse(FULL)).toEqual(FULL);
});

const FAULTS: readonly [what: string, change: Readonly<Record<string, unknown>>, path: string][] = [
  ['a consent that is not known', { consent: 'sometimes' }, 'consent'],
  ['a stay of no day', { minimumStayDays: 0 }, 'minimumStayDays'],
  ['a stay of half a day', { minimumStayDays: 0.5 }, 'minimumStayDays'],
  ['a stay of more than ten years', { minimumStayDays: 3_651 }, 'minimumStayDays'],
  ['a stay in words', { minimumStayDays: '30' }, 'minimumStayDays'],
  ['a list of no card profile, by which no card could go', { cardProfiles: [] }, 'cardProfiles'],
  ['an overlap of no time', { overlapHours: 0 }, 'overlapHours'],
  ['an overlap of more than 90 days', { overlapHours: 2_161, releaseDays: 365 }, 'overlapHours'],
  ['a release after no day', { releaseDays: 0, overlapHours: undefined }, 'releaseDays'],
  ['a release after more than a year', { releaseDays: 366 }, 'releaseDays'],
  [
    'an overlap that lasts longer than the source may take to let go',
    { overlapHours: 25, releaseDays: 1 },
    'overlapHours',
  ],
  ['a device that may be the same', { sameDevice: 'wished' }, 'sameDevice'],
  ['a term that is misspelt, and so would not hold', { minimumStaydays: 30 }, ''],
];

test.each(FAULTS)('an agreement with %s is refused', (_what, change, path) => {
  const { error } = Agreement.safeParse({ ...FULL, ...change });
  expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('an overlap may last as long as the source may take to let go', () => {
  expect(Agreement.safeParse({ ...FULL, overlapHours: 24, releaseDays: 1 }).error).toBeUndefined();
});
