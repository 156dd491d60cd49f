import { BECAUSE } from '../../../workflows/explanation/because.ts';
import type { ConditionKind, Remedy, RemedyName } from '../../../workflows/explanation/explanation.ts';
import type { ScheduleItem, ScheduleKind } from '../../../workflows/explanation/schedule.ts';
import {
  ACTION_WORDS,
  conditionLine,
  MEANINGS,
  NOTHING,
  remedyLine,
  scheduleLine,
} from '../../../workflows/explanation/words.ts';
import { SUPPORT_ACTIONS } from '../../../workflows/support/actions.ts';

const NAMES = { source: 'operator-1', target: 'operator-2' };
const MOST_WORDS = 25;
const at = '2026-01-01T00:00:00.000Z';
const first = { by: 'user:ann', at, reason: 'compared' };

const CONDITIONS: Readonly<Record<ConditionKind, null>> = {
  ...{ consent: null, adminCode: null, reservation: null, submission: null, proofOfReceipt: null, attach: null },
  ...{ provenAttach: null, registration: null, oldSubscriber: null, oldSubscriberKey: null, release: null },
  ...{ overlap: null, withdrawal: null, decision: null, secondPerson: null, resumption: null, orchestrator: null },
  step: null,
};

const WHEN = [{ at }, { after: 'deviceContact' }, { at, after: 'deviceContact' }] as const;
const SCHEDULE: Readonly<Record<ScheduleKind, readonly ScheduleItem[]>> = {
  repeatStep: [{ kind: 'repeatStep' }],
  repeatConsent: [{ kind: 'repeatConsent' }],
  awaitAdminCode: [{ kind: 'awaitAdminCode' }],
  repeatRelease: [{ kind: 'repeatRelease' }],
  pollHlr: [
    { kind: 'pollHlr', of: 'source' },
    { kind: 'pollHlr', of: 'target', at },
  ],
  resend: [true, false].flatMap((givenUp) => WHEN.map((when) => ({ kind: 'resend', givenUp, ...when }) as const)),
  probe: WHEN.map((when) => ({ kind: 'probe', ...when })),
  refresh: WHEN.map((when) => ({ kind: 'refresh', sent: 3, ...when })),
  rewrite: [
    { kind: 'rewrite', sent: 0, after: 'attachWithOldKey' },
    { kind: 'rewrite', sent: 2, at },
  ],
  restore: [{ kind: 'restore', at }],
  park: [{ kind: 'park', at }],
  reportOverdue: [{ kind: 'reportOverdue', at }],
  release: [
    { kind: 'release', at },
    { kind: 'release', after: 'attach' },
    { kind: 'release', after: 'provenAttach' },
  ],
  releaseDaily: [{ kind: 'releaseDaily' }, { kind: 'releaseDaily', at }],
  undo: [{ kind: 'undo' }, { kind: 'undo', at }],
  cancel: [{ kind: 'cancel', after: 'cardUnchanged' }],
};

const card = { iccid: '8999901000000000013' };
const order = { ...card, target: 'operator-2' };
const REMEDIES: Readonly<Record<RemedyName, readonly Remedy[]>> = {
  resumeChange: [{ remedy: 'resumeChange', changeId: 'c-1' }],
  showEvidence: [{ remedy: 'showEvidence', changeId: 'c-1' }],
  unblockCard: [{ remedy: 'unblockCard', ...card }],
  correctAdminCode: [{ remedy: 'correctAdminCode', ...card }],
  replaceCard: [{ remedy: 'replaceCard', ...card }],
  approveTry: [
    { remedy: 'approveTry', ...card, persons: 2 },
    { remedy: 'approveTry', ...card, persons: 1, first, until: at },
  ],
  checkChange: [{ remedy: 'checkChange', ...order }],
  orderAgain: [{ remedy: 'orderAgain', ...order }],
  awaitPermittedTime: [{ remedy: 'awaitPermittedTime', ...card }],
  endEarlierChange: [{ remedy: 'endEarlierChange', ...card }],
  switchDeviceOff: [0, 4].map((refreshes) => ({ remedy: 'switchDeviceOff', refreshes })),
  restoreOldSubscriber: [{ remedy: 'restoreOldSubscriber', operator: 'source' }],
  askAboutOldSubscriber: [{ remedy: 'askAboutOldSubscriber', operator: 'source' }],
  askToRelease: [{ remedy: 'askToRelease', operator: 'source' }],
  correctProvisioning: [{ remedy: 'correctProvisioning', operator: 'target' }],
  enlargePool: [{ remedy: 'enlargePool', operator: 'target' }],
  admitWithOldKey: [{ remedy: 'admitWithOldKey', operator: 'target' }],
  writeKeyToCard: [{ remedy: 'writeKeyToCard', operator: 'target' }],
  setOwnKey: [{ remedy: 'setOwnKey', operator: 'target' }],
};

const conditionOf = (kind: ConditionKind): string =>
  conditionLine(
    { kind, of: 'person', step: 'watchSource', action: 'rollBack', first: { actor: 'user:ann', at } },
    NAMES,
  );

const LINES: readonly string[] = [
  ...Object.values(MEANINGS),
  ...Object.values(BECAUSE),
  ...Object.values(NOTHING),
  ...(Object.keys(CONDITIONS) as ConditionKind[]).map(conditionOf),
  ...Object.values(SCHEDULE).flatMap((items) => items.map((item) => scheduleLine(item, NAMES))),
  ...SUPPORT_ACTIONS.flatMap((action) => [ACTION_WORDS[action].offer(NAMES), ACTION_WORDS[action].done]),
  ...Object.values(REMEDIES).flatMap((remedies) => remedies.map((remedy) => remedyLine(remedy, NAMES))),
];

test.each(LINES)('%s', (line) => {
  for (const sentence of line.split(/(?<=[.?]) /)) expect(sentence.split(' ').length).toBeLessThanOrEqual(MOST_WORDS);
  expect(line).not.toMatch(/undefined|null|;|\brehome /);
});

test('no two things are told in the same words', () => {
  expect(LINES.filter((line, index) => LINES.indexOf(line) !== index)).toEqual([
    ...['Read the card over the air at 2026-01-01T00:00:00.000Z.'],
    ...['Ask the device by REFRESH at 2026-01-01T00:00:00.000Z to read the card again (sent so far: 3).'],
  ]);
});

test('every time that an item has stands in its line', () => {
  for (const item of Object.values(SCHEDULE).flat()) expect(scheduleLine(item, NAMES).includes(at)).toBe('at' in item);
});
