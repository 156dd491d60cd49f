import type { FailureCode } from './failure-codes.ts';
import type { ChangeState } from './states.ts';

const NOTHING = 'nothing has to be done; a new change can be asked for';
const MAY_WAIT =
  'a new change may have to wait, or the card be unblocked first: rehome change ICCID --to OPERATOR --dry-run tells';
const UNTIL = 'a new change is rejected too until the time that is named above, or until the card has answered';

/** What comes before a new change of the card, where what ended this one stands in its way too. */
const FIRST: Partial<Record<FailureCode, string>> = {
  ALREADY_AT_TARGET: 'nothing has to be done: the card is there already',
  CARD_BLOCKED: 'a new change is rejected too until the block is taken away: rehome cards unblock ICCID',
  EARLIER_CHANGE_OPEN: 'the earlier change has to end first; then a new one can be asked for',
  EARLIER_QUESTION_OPEN: UNTIL,
  EARLIER_PACKET_OPEN: UNTIL,
  MINIMUM_STAY: 'a new change is rejected too until the time that is named above',
  ADMIN_CODE_WRONG:
    'correct adm1 of the card if it is wrong, and have two persons approve one more try (rehome cards approve ICCID): until then a new change is rejected',
  ADMIN_CODE_BLOCKED:
    'have the vendor unblock or replace the card, and two persons approve one more try (rehome cards approve ICCID): until then a new change is rejected',
};

/** What a person may do about a change that has ended; reads on from nothing. */
export function afterTheEnd(state: ChangeState, code: FailureCode | null): string {
  if (state === 'completed') return NOTHING;
  const first = code === null ? undefined : FIRST[code];
  if (first !== undefined) return first;
  return state === 'rejected'
    ? 'a new change is rejected too until the cause is removed: rehome change ICCID --to OPERATOR --dry-run tells'
    : MAY_WAIT;
}
