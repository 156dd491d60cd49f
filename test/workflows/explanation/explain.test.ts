import { explain } from '../../../workflows/explanation/explain.ts';
import type { Explainable } from '../../../workflows/explanation/explainable.ts';
import type { Explanation } from '../../../workflows/explanation/explanation.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import { CHANGE_STATES, STATES, type ChangeState } from '../../../workflows/shared/states.ts';
import { factsOf, SUPPORT_ACTIONS, type Situation } from '../../../workflows/support/actions.ts';
import type { RefusedCode } from '../../../workflows/support/approvals.ts';

const of = (state: ChangeState, code: FailureCode | null = null, more: Partial<Explainable> = {}): Explanation =>
  explain({ changeId: 'c-1', iccid: '899', state, code, detail: 'd', target: 'target', source: 'source', ...more });
const knows = (known: Pick<Situation, 'state'> & Partial<Situation>): Pick<Explainable, 'situation'> => ({
  situation: { ...factsOf(known), schedule: [], heard: {}, refreshes: 0, ...known },
});
const remedies = (explanation: Explanation): string[] => explanation.remedies.map(({ remedy }) => remedy);
const kinds = (items: readonly { readonly kind: string }[]): string[] => items.map(({ kind }) => kind);
const allowed = ({ actions }: Explanation): string[] =>
  actions.filter((one) => one.allowed).map(({ action }) => action);

describe('a change that has ended', () => {
  const ENDS: readonly [state: ChangeState, code: FailureCode | null, remedies: readonly string[]][] = [
    ['completed', null, []],
    ['rejected', 'ALREADY_AT_TARGET', []],
    ['rejected', 'CARD_BLOCKED', ['unblockCard', 'orderAgain']],
    ['rejected', 'EARLIER_CHANGE_OPEN', ['endEarlierChange', 'orderAgain']],
    ['rejected', 'EARLIER_QUESTION_OPEN', ['awaitPermittedTime', 'orderAgain']],
    ['rejected', 'EARLIER_PACKET_OPEN', ['awaitPermittedTime', 'orderAgain']],
    ['rejected', 'MINIMUM_STAY', ['awaitPermittedTime', 'orderAgain']],
    ['rejected', 'AGREEMENT_MISSING', ['checkChange']],
    ['rejected', 'ADMIN_CODE_WRONG', ['correctAdminCode', 'approveTry']],
    ['rolledBack', 'ADMIN_CODE_WRONG', ['correctAdminCode', 'approveTry']],
    ['rolledBack', 'ADMIN_CODE_BLOCKED', ['replaceCard', 'approveTry']],
    ['rolledBack', 'IMSI_POOL_EMPTY', ['enlargePool', 'orderAgain']],
    ['rolledBack', 'CARD_UNCHANGED', ['checkChange']],
    ['rolledBack', 'ROLLED_BACK_BY_HAND', ['checkChange']],
    ['rolledBack', 'SOURCE_RELEASED_EARLY', ['checkChange']],
    ['cancelled', 'CANCELLED', ['checkChange']],
  ];
  test.each(ENDS)('%s with %s names what comes before a new one, and waits for nothing', (state, code, expected) => {
    const explanation = of(state, code);
    expect(remedies(explanation)).toEqual(expected);
    expect(explanation).toMatchObject({ conditions: [], schedule: [] });
    expect(new Set(explanation.actions.map(({ because }) => because))).toEqual(new Set(['changeEnded']));
  });
});

describe('a change that ended since its card refused its admin code', () => {
  const approved = (by: string) => ({ by, at: '2026-01-01T00:00:00.000Z', reason: 'compared' });
  const [first, second] = [approved('user:ann'), approved('user:ben')];
  const until = '2026-01-02T00:00:00.000Z';
  const told = (code: FailureCode, standing: RefusedCode['standing']) =>
    of('rolledBack', code, { refusedCode: { changeId: 'c-1', approvals: [], standing } }).remedies;
  const CODES = ['ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED'] as const;

  test.each(CODES)('with %s has two persons approve one more try', (code) => {
    expect(told(code, { kind: 'none' })).toContainEqual({ remedy: 'approveTry', iccid: '899', persons: 2 });
    expect(of('rolledBack', code).remedies).toEqual(told(code, { kind: 'none' }));
  });

  test.each(CODES)('with %s names who has approved, and until when one more person has to', (code) => {
    expect(told(code, { kind: 'first', first, until })).toContainEqual({
      ...{ remedy: 'approveTry', iccid: '899', persons: 1, first, until },
    });
  });

  test.each(CODES)('with %s asks for no approval once two persons have approved', (code) => {
    expect(told(code, { kind: 'approved', first, second })).toEqual([
      { remedy: 'checkChange', iccid: '899', target: 'target' },
    ]);
  });

  test('has nobody do anything when the card has proven its code since', () => {
    expect(of('rolledBack', 'ADMIN_CODE_WRONG', { refusedCode: null }).remedies).toEqual([]);
  });
});

describe('a change in doubt', () => {
  const inDoubt = (code: FailureCode, known?: Partial<Situation>) =>
    of('inDoubt', code, known && knows({ state: 'inDoubt', ...known }));

  test.each([
    ['BOTH_ATTACHED', 'bothAttached'],
    ['OTHER_DEVICE', 'otherDevice'],
  ] as const)('with %s waits for a person only, with and without its workflow', (code, meaning) => {
    for (const known of [undefined, { attached: true }]) {
      const explanation = inDoubt(code, known);
      expect(explanation.schedule).toEqual([]);
      expect(explanation.conditions).toMatchObject([{ kind: 'decision', of: 'person', lastAnswer: { code } }]);
      expect(explanation.state).toEqual({
        ...{ name: 'inDoubt', meaning, cancellable: { how: 'no', because: 'cardMoved' } },
      });
      expect(allowed(explanation)).toEqual(['retryNow', 'acceptAttach', 'markReleased']);
    }
  });

  test('with UNDO_FAILED repeats the undo by itself, and can’t be cancelled once more', () => {
    for (const known of [undefined, { unchanged: true }]) {
      const explanation = inDoubt('UNDO_FAILED', known);
      expect(kinds(explanation.conditions)).toEqual(['withdrawal']);
      expect(explanation.state).toMatchObject({
        ...{ meaning: 'undoStuck', cancellable: { how: 'no', because: 'beingUndone' } },
      });
      expect(allowed(explanation)).toEqual(['retryNow', 'acceptAttach']);
    }
    expect(kinds(inDoubt('UNDO_FAILED').schedule)).toEqual(['undo']);
  });

  test('whose card has confirmed says so, and waits for its attach only', () => {
    const explanation = inDoubt('ATTACH_NOT_SEEN', { confirmed: true });
    expect(explanation.state).toMatchObject({
      ...{ meaning: 'attachNotSeen', cancellable: { how: 'deferred', because: 'cardConfirmed' } },
    });
    expect(kinds(explanation.conditions)).toEqual(['attach']);
    expect(remedies(explanation)).toEqual(['switchDeviceOff']);
  });

  test('of whose card nothing was heard waits for the card, and sends it the packet again when its device is there', () => {
    const explanation = inDoubt('ATTACH_NOT_SEEN');
    expect(kinds(explanation.conditions)).toEqual(['proofOfReceipt', 'attach']);
    expect(explanation.schedule).toContainEqual({ kind: 'resend', givenUp: false, after: 'deviceContact' });
  });

  test('tells what was heard last, of whom, and since when it waits', () => {
    const target = { code: 'HLR_UNREACHABLE', message: 'away' } as const;
    const card = { code: 'POR_CNTR_LOW', message: 'low' } as const;
    const since = '2026-01-01T00:00:00.000Z';
    expect(inDoubt('ATTACH_NOT_SEEN', { heard: { target, card }, since }).conditions).toEqual([
      { kind: 'proofOfReceipt', of: 'card', lastAnswer: card, since },
      { kind: 'attach', of: 'card', lastAnswer: target, since },
    ]);
  });

  test('names the first of two persons, at the action and as a condition', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const explanation = inDoubt('ATTACH_NOT_SEEN', { first: { action: 'rollBack', actor: 'user:ann', at } });
    const first = { actor: 'user:ann', at };
    expect(explanation.conditions.at(-1)).toEqual({ kind: 'secondPerson', of: 'person', action: 'rollBack', first });
    expect(explanation.actions).toContainEqual({
      ...{ action: 'rollBack', allowed: true, needsSecondPerson: true, firstPerson: first },
    });
  });
});

test('a change that is being undone before its packet left can’t be cancelled, and nothing is offered', () => {
  const explanation = of('reserving', 'HLR_REFUSED', knows({ state: 'reserving', undoing: true }));
  expect(allowed(explanation)).toEqual([]);
  expect(explanation.state).toEqual({
    ...{ name: 'reserving', meaning: 'undoing', cancellable: { how: 'no', because: 'beingUndone' } },
  });
});

test('a card that is asked for its admin code is waited for, and holds up the next change once asked', () => {
  const explanation = of('checkingCard');
  expect(explanation).toMatchObject({ conditions: [{ kind: 'adminCode' }], schedule: [{ kind: 'awaitAdminCode' }] });
  expect(explanation.state.cancellable).toEqual({ how: 'freely', because: 'questionMayArrive' });
});

test('a change without a workflow does nothing, and is to be resumed', () => {
  const explanation = of('awaitingCard', null, { lost: true });
  expect(explanation).toMatchObject({
    state: { meaning: 'lost', cancellable: { how: 'no', because: 'noWorkflow' } },
    conditions: [{ kind: 'resumption', of: 'person' }],
    schedule: [],
    remedies: [{ remedy: 'resumeChange', changeId: 'c-1' }],
  });
  expect(allowed(explanation)).toEqual([]);
});

test.each([
  ['SOURCE_RELEASED_EARLY', ['restoreOldSubscriber'], 'oldSubscriber'],
  ['SOURCE_AUTHENTICATION_FAILED', ['switchDeviceOff', 'askAboutOldSubscriber'], 'oldSubscriberKey'],
  ['ATTACH_REFUSED', ['correctProvisioning'], 'registration'],
] as const)('with %s a person is told first what only he can correct', (code, expected, kind) => {
  const explanation = of('inDoubt', code);
  expect(remedies(explanation)).toEqual(expected);
  expect(kinds(explanation.conditions)).toContain(kind);
});

test('a release that is overdue has the source asked, and the evidence shown', () => {
  expect(remedies(of('completedReleasePending', 'RELEASE_REFUSED'))).toEqual(['askToRelease']);
  expect(of('completedReleasePending', 'RELEASE_OVERDUE').remedies).toEqual([
    { remedy: 'askToRelease', operator: 'source' },
    { remedy: 'showEvidence', changeId: 'c-1' },
  ]);
});

test.each([
  ['expected', ['admitWithOldKey']],
  ['seen', ['setOwnKey']],
  ['ownKey', ['setOwnKey']],
  ['unwritable', ['writeKeyToCard', 'setOwnKey']],
] as const)('an attach that proves nothing (%s) has the target do its part', (unprovenAttach, expected) => {
  const schedule = [{ kind: 'rewrite', sent: 0, after: 'attachWithOldKey' }] as const;
  const explanation = of('torn', 'CARD_TORN', knows({ state: 'torn', unprovenAttach, schedule }));
  expect(remedies(explanation)).toEqual(expected);
  expect(kinds(explanation.conditions)).toContain('provenAttach');
});

test.each(CHANGE_STATES)('%s has every action, with a reason exactly where it is not allowed', (state) => {
  const { actions } = of(state);
  expect(actions.map(({ action }) => action)).toEqual(SUPPORT_ACTIONS);
  for (const { allowed: isAllowed, because } of actions) expect(isAllowed).toBe(because === undefined);
});

test.each(CHANGE_STATES)('%s can be cancelled exactly where the action is allowed', (state) => {
  const { state: described, actions } = of(state);
  expect(actions.find(({ action }) => action === 'cancel')?.allowed).toBe(described.cancellable.how !== 'no');
  expect(described.cancellable.how).toBe(STATES[state].cancellable);
});
