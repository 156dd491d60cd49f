import type { Reason } from '../../shared/failures.ts';
import type { Decision } from './decision.ts';
import type { CardState, Tear } from './card-state.ts';

const NOT_TORN: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message: 'the target has seen a card authenticate with the new IMSI since, and none attach',
};
const LEFT: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message: 'the target does not have the card attached any more, nor sees it fail',
};
const WHOLE: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message: 'the card has proven that it took the whole subscription, and has not attached to the target',
};

const TEARS: Readonly<Record<Tear, (known: CardState) => string>> = {
  target: ({ confirmed }) =>
    `a card fails to authenticate at the target with the new IMSI${confirmed ? ', although the card has proven that it took the whole subscription: the target has another key for it, or somebody else’s SIM has tried that IMSI' : ': it holds one half of the new subscription'}`,
  held: () =>
    'a card that was torn has attached to the target, which may have been given its old key for that: the subscription is written to it again over the network of the target, and the source is not asked to let go before that has worked',
  unwritable: () =>
    'a card that was torn has attached to the target, which may have been given its old key for that, and what was reserved for it is shredded here: the target has to write its own key to it by its own means, and the source is not asked to let go before two persons say that the card works',
  refused: ({ rewrites }) =>
    `the card looks torn, and does not let itself be written again${rewrites.refused === undefined ? '' : `: ${rewrites.refused.reason.message}`}; an attach to the target is held, since that may have been given the old key of the card`,
  unheard: () =>
    'a card fails to authenticate at the target with the new IMSI since it was written again there, and has not answered: if it took that, the target has to set its own key (K2); if not, it still holds one half of the new subscription',
  written: () =>
    'the card has proven that it holds the whole new subscription, and has not attached with it since: the target may have another key for it, and has to set its own (K2)',
};

/** What is known of a torn card at this moment; nothing where none is. */
export function tornAt(known: CardState): Tear | undefined {
  const { rewrites, torn, confirmed } = known;
  const { tearable, heldAttach, refused, suspected, writable, packets } = rewrites;
  if (confirmed && tearable && (torn || heldAttach !== undefined)) return 'written';
  if (refused !== undefined && suspected && !confirmed) return 'refused';
  if (heldAttach !== undefined) return writable ? 'held' : 'unwritable';
  if (!torn || (confirmed && tearable)) return undefined;
  return packets > 0 ? 'unheard' : 'target';
}

/** Why a card is torn, by what is known now or on record. */
export const tearOf = (known: CardState): Reason => ({
  code: 'CARD_TORN',
  message: TEARS[tornAt(known) ?? known.tornAt ?? 'target'](known),
});

/** Anybody with a SIM that he writes himself can fail to authenticate: a card that is seen to succeed later is not torn. */
export function byTear(known: CardState, now: number): Decision | undefined {
  const { state, deadline, confirmed } = known;
  const at = tornAt(known);
  if (at !== undefined)
    return state === 'torn' && known.tornAt === at
      ? undefined
      : { kind: 'record', state: 'torn', because: tearOf(known) };
  if (state !== 'torn') return undefined;
  const because = confirmed ? WHOLE : known.tornAt === 'target' ? NOT_TORN : LEFT;
  if (now >= deadline) return { kind: 'record', state: 'inDoubt', because };
  return { kind: 'record', state: confirmed ? 'awaitingAttach' : 'awaitingCard', because: because.message };
}
