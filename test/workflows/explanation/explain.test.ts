import type { Standing } from '../../../workflows/support/approvals.ts';
import { explain, explainLost } from '../../../workflows/explanation/explain.ts';
import type { Explainable } from '../../../workflows/explanation/explainable.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import { standing } from '../../../workflows/explanation/state-description.ts';
import type { ChangeState } from '../../../workflows/shared/states.ts';
import type { Situation } from '../../../workflows/support/actions.ts';

const of = (state: ChangeState, code: FailureCode | null = null, more: Partial<Explainable> = {}) =>
  explain({ iccid: '899', state, code, detail: 'd', target: 'target', source: 'source', ...more });

describe('a change that has ended', () => {
  const ENDS: readonly [state: ChangeState, code: FailureCode | null, says: string][] = [
    ['completed', null, 'a new change can be asked for'],
    ['rejected', 'CARD_BLOCKED', 'rehome cards unblock 899.'],
    [
      'rejected',
      'ADMIN_CODE_WRONG',
      'Correct adm1 of the card if it is wrong, and have two persons approve one more try',
    ],
    ['rejected', 'EARLIER_QUESTION_OPEN', 'until the time that is named above'],
    ['rejected', 'EARLIER_PACKET_OPEN', 'until the time that is named above'],
    ['rejected', 'AGREEMENT_MISSING', 'until the cause is removed: rehome change 899 --to target --dry-run tells'],
    [
      'rolledBack',
      'ADMIN_CODE_WRONG',
      'Correct adm1 of the card if it is wrong, and have two persons approve one more try',
    ],
    ['rolledBack', 'ADMIN_CODE_BLOCKED', 'Have the vendor unblock or replace the card'],
    ['rolledBack', 'IMSI_POOL_EMPTY', 'Have target enlarge its pool of IMSIs, then ask for the change again'],
    ['rolledBack', 'CARD_UNCHANGED', 'be unblocked first: rehome change 899 --to target --dry-run tells'],
    ['rolledBack', 'ROLLED_BACK_BY_HAND', 'may have to wait, or the card be unblocked first'],
    ['rolledBack', 'CARD_SILENT', 'may have to wait, or the card be unblocked first'],
    ['cancelled', 'CANCELLED', 'may have to wait, or the card be unblocked first'],
  ];
  test.each(ENDS)('%s with %s says what comes before a new one', (state, code, says) => {
    expect(of(state, code).may).toContain(says);
  });

  test.each(ENDS.slice(1))('%s with %s does not say that a new one can simply be asked for', (state, code) => {
    expect(of(state, code).may).not.toContain('Nothing has to be done');
  });
});

describe('a change that ended since its card refused its admin code', () => {
  const approved = (by: string) => ({ by, at: '2026-01-01T00:00:00.000Z', reason: 'compared' });
  const [first, second] = [approved('user:ann'), approved('user:ben')];
  const may = (code: FailureCode, standing: Standing) =>
    of('rolledBack', code, { refusedCode: { changeId: 'c-1', approvals: [], standing } }).may;
  const CODES = ['ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED'] as const;
  const COMMAND = '(rehome cards approve 899 --reason TEXT): until then a new change is rejected.';

  test.each(CODES)('with %s has two persons approve one more try, by a command that works as it stands', (code) => {
    expect(may(code, { kind: 'none' })).toContain(`have two persons approve one more try ${COMMAND}`);
    expect(of('rolledBack', code).may).toBe(may(code, { kind: 'none' }));
  });

  test.each(CODES)('with %s names who has approved, and until when one more person has to', (code) => {
    expect(may(code, { kind: 'first', first, until: '2026-01-02T00:00:00.000Z' })).toContain(
      `have one more person approve one more try until 2026-01-02T00:00:00.000Z, which user:ann has approved ${COMMAND}`,
    );
  });

  test.each(CODES)('with %s does not say that a new change is rejected once two persons have approved', (code) => {
    expect(may(code, { kind: 'approved', first, second })).toBe(
      'One more try is approved, and a new change can be asked for; what else may be in its way: rehome change 899 --to target --dry-run.',
    );
  });

  test('has nobody do anything when the card has proven its code since', () => {
    expect(of('rolledBack', 'ADMIN_CODE_WRONG', { refusedCode: null }).may).toBe(
      'Nothing has to be done: the card has proven its admin code since.',
    );
  });
});

describe('a change in doubt', () => {
  const SITUATION: Situation = { state: 'inDoubt', permitted: ['cancel', 'retryNow', 'askCard', 'extendDeadline'] };
  const inDoubt = (code: FailureCode, situation?: Partial<Situation>) => {
    const more = situation && { situation: { ...SITUATION, ...situation } };
    const known = { state: 'inDoubt' as const, code, ...more };
    return { ...of('inDoubt', code, more), ...standing(known) };
  };

  test.each(['BOTH_ATTACHED', 'OTHER_DEVICE'] as const)('with %s is frozen, with and without its workflow', (code) => {
    for (const situation of [undefined, { permitted: ['acceptAttach', 'markReleased'] as const }]) {
      const said = inDoubt(code, situation);
      expect(said.next).toContain('before a person decides');
      expect(said.next).not.toContain('goes on to its end by itself');
      expect(said.meaning).toContain('has attached to the target');
      expect(said.cancellable).toBe('no');
      expect(said.may).not.toContain('(cancel)');
    }
  });

  test('with OTHER_DEVICE says that the device is another', () => {
    expect(inDoubt('OTHER_DEVICE').next).toContain('in another device');
  });

  test('with UNDO_FAILED says that the undo is tried again by itself, and can’t be cancelled once more', () => {
    const said = inDoubt('UNDO_FAILED', { undoing: true });
    expect(said.next).toContain('tried again by itself, at most a day later');
    expect([said.cancellable, said.because]).toEqual(['no', 'the change is being undone already']);
    expect(said.may).toContain('(retryNow)');
    expect(said.may).not.toContain('(cancel)');
  });

  test('whose card has confirmed says so, and sends it nothing more', () => {
    const said = inDoubt('ATTACH_NOT_SEEN', { confirmed: true, permitted: ['cancel', 'extendDeadline'] });
    expect(said.meaning).toContain('has proven that it took the new subscription');
    expect(said.because).toContain('the wish is only recorded');
    expect(said.next).not.toContain('packet');
  });

  test('of whose card nothing was heard says what else goes out', () => {
    expect(inDoubt('ATTACH_NOT_SEEN').next).toMatch(
      /the same packet goes out again when the device shows itself at source, .* may be read, where its profile allows/,
    );
    expect(inDoubt('ATTACH_NOT_SEEN', {}).next).toMatch(/the card may be read\.$/);
    expect(inDoubt('ATTACH_NOT_SEEN', { permitted: ['cancel', 'extendDeadline'] }).next).not.toContain('be read');
  });

  test('whose packet never left, or that is to be undone, is not said to send it again', () => {
    expect(inDoubt('ATTACH_NOT_SEEN', { permitted: ['cancel'] }).next).not.toContain('packet goes out');
    expect(inDoubt('ATTACH_NOT_SEEN', { wish: 'cancelled' }).next).not.toContain('packet goes out');
  });

  test('can’t be cancelled where its workflow does not permit it', () => {
    expect(inDoubt('RELEASE_REFUSED', { permitted: ['markReleased'] }).cancellable).toBe('no');
  });
});

test('a change that is being undone before its packet left can’t be cancelled, and a person can only wait', () => {
  const known = { code: 'HLR_REFUSED', situation: { state: 'reserving', undoing: true, permitted: [] } } as const;
  expect(of('reserving', 'HLR_REFUSED', known).may).toBe('A person can only wait.');
  expect(standing({ state: 'reserving', ...known })).toEqual({
    ...{ meaning: 'every step is being undone', cancellable: 'no', because: 'the change is being undone already' },
  });
});

test('a card that is asked for its admin code is said to be waited for, and to hold up the next change once asked', () => {
  expect(of('checkingCard').next).toContain(
    'awaited for ATTACH_DEADLINE_SECONDS, after which the change is rolled back',
  );
  expect(standing({ state: 'checkingCard', code: null }).because).toContain('EARLIER_QUESTION_OPEN');
});

test('a change without a workflow does nothing, and is to be resumed', () => {
  const lost = {
    iccid: '899',
    state: 'awaitingCard',
    code: null,
    detail: 'd',
    target: 't',
    source: 's',
    changeId: 'c-1',
  } as const;
  expect(explainLost(lost)).toMatchObject({
    next: 'Nothing happens before the change is resumed.',
    may: 'Resume it: rehome resume c-1',
  });
});
