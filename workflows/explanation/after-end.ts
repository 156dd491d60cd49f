import type { Explainable } from './explainable.ts';
import type { FailureCode } from '../shared/failure-codes.ts';

type Ended = Pick<Explainable, 'iccid' | 'target' | 'refusedCode'>;

const NOTHING = 'nothing has to be done; a new change can be asked for';
const UNTIL = 'a new change is rejected too until the time that is named above, or until the card has answered';

/** Says what is in the way of a new change, and does nothing. */
const dryRun = ({ iccid, target }: Ended): string => `rehome change ${iccid} --to ${target} --dry-run`;

/** What comes before a new change of the card, where what ended this one stands in its way too. */
const FIRST: Partial<Record<FailureCode, string | ((ended: Ended) => string)>> = {
  ALREADY_AT_TARGET: 'nothing has to be done: the card is there already',
  CARD_BLOCKED: ({ iccid }) =>
    `a new change is rejected too until the block is taken away: rehome cards unblock ${iccid}`,
  EARLIER_CHANGE_OPEN: 'the earlier change has to end first; then a new one can be asked for',
  EARLIER_QUESTION_OPEN: UNTIL,
  EARLIER_PACKET_OPEN: UNTIL,
  MINIMUM_STAY: 'a new change is rejected too until the time that is named above',
  ADMIN_CODE_WRONG: (ended) => afterRefusal(ended, 'correct adm1 of the card if it is wrong'),
  ADMIN_CODE_BLOCKED: (ended) => afterRefusal(ended, 'have the vendor unblock or replace the card'),
  IMSI_POOL_EMPTY: ({ target }) => `have ${target} enlarge its pool of IMSIs, then ask for the change again`,
};

/** The card has refused its admin code: who has approved one more try since then, and who has to. */
function afterRefusal(ended: Ended, first: string): string {
  const { iccid, refusedCode } = ended;
  const approve = `rehome cards approve ${iccid} --reason TEXT`;
  if (refusedCode === null) return 'nothing has to be done: the card has proven its admin code since';
  const standing = refusedCode?.standing;
  switch (standing?.kind) {
    case undefined:
    case 'none':
      return `${first}, and have two persons approve one more try (${approve}): until then a new change is rejected`;
    case 'first':
      return `${first}, and have one more person approve one more try until ${standing.until}, which ${standing.first.by} has approved (${approve}): until then a new change is rejected`;
    case 'approved':
      return `one more try is approved, and a new change can be asked for; what else may be in its way: ${dryRun(ended)}`;
  }
}

/** What a person may do about a change that has ended; reads on from nothing. */
export function afterTheEnd(change: Explainable): string {
  const { state, code } = change;
  if (state === 'completed') return NOTHING;
  const first = code === null ? undefined : FIRST[code];
  if (first !== undefined) return typeof first === 'string' ? first : first(change);
  return state === 'rejected'
    ? `a new change is rejected too until the cause is removed: ${dryRun(change)} tells`
    : `a new change may have to wait, or the card be unblocked first: ${dryRun(change)} tells`;
}
