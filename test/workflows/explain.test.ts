import { explain, type Explainable } from '../../workflows/explain.ts';
import type { FailureCode } from '../../workflows/failure-codes.ts';
import type { ChangeState } from '../../workflows/states.ts';

const of = (state: ChangeState, code: FailureCode | null = null, more: Partial<Explainable> = {}) =>
  explain({ state, code, detail: 'd', target: 'target', source: 'source', ...more });

describe('a change that has ended', () => {
  const ENDS: readonly [state: ChangeState, code: FailureCode | null, says: string][] = [
    ['completed', null, 'a new change can be asked for'],
    ['rejected', 'CARD_BLOCKED', 'rehome cards unblock'],
    ['rejected', 'ADMIN_CODE_WRONG', 'Correct adm1 of the card and import the row first'],
    ['rejected', 'EARLIER_QUESTION_OPEN', 'until the time that is named above'],
    ['rejected', 'EARLIER_PACKET_OPEN', 'until the time that is named above'],
    ['rejected', 'AGREEMENT_MISSING', 'until the cause is removed'],
    ['rolledBack', 'ADMIN_CODE_WRONG', 'Correct adm1 of the card and import the row first'],
    ['rolledBack', 'ADMIN_CODE_BLOCKED', 'Have the vendor unblock or replace the card'],
    ['rolledBack', 'CARD_UNCHANGED', 'may have to wait, or the card be unblocked first'],
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
