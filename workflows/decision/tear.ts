import type { Reason } from '../failures.ts';
import type { Decision } from './decide.ts';
import type { Known } from './known.ts';
import { isTornAtSource } from './source-side.ts';

const NOT_TORN: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message: 'the target has seen a card authenticate with the new IMSI since, and none attach',
};
const NOT_TORN_AT_SOURCE: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message:
    'the source has seen a card authenticate with the old IMSI since, and none has attached to the target; if the source was given the new key for that, the card is torn still, and must not be rolled back',
};
const WHOLE: Reason = {
  code: 'ATTACH_NOT_SEEN',
  message: 'the card has proven that it took the whole subscription, and has not attached to the target',
};
const TORN: Reason = {
  code: 'CARD_TORN',
  message: 'a card fails to authenticate at the target with the new IMSI: it holds one half of the new subscription',
};
const TORN_AT_SOURCE: Reason = {
  code: 'CARD_TORN',
  message:
    'a card fails to authenticate at the source with the old IMSI: it holds the other half of the new subscription, the new key with the old IMSI',
};

/** Which operator has seen the torn card fail: the target that holds the new IMSI with the old key, the source the other one. */
export function tornAt(known: Known): 'target' | 'source' | undefined {
  if (known.torn) return 'target';
  return isTornAtSource(known) ? 'source' : undefined;
}

/** Why a card is torn, by what is known now or on record. */
export const tearOf = (known: Known): Reason => ((tornAt(known) ?? known.tornAt) === 'source' ? TORN_AT_SOURCE : TORN);

/** Anybody with a SIM that he writes himself can fail to authenticate: a card that is seen to succeed later is not torn. */
export function byTear(known: Known, now: number): Decision | undefined {
  const { state, deadline, confirmed } = known;
  const at = tornAt(known);
  if (at !== undefined)
    return state === 'torn' && known.tornAt === at
      ? undefined
      : { kind: 'record', state: 'torn', because: tearOf(known) };
  if (state !== 'torn') return undefined;
  const because = known.tornAt === 'source' ? (confirmed ? WHOLE : NOT_TORN_AT_SOURCE) : NOT_TORN;
  if (now >= deadline) return { kind: 'record', state: 'inDoubt', because };
  return { kind: 'record', state: confirmed ? 'awaitingAttach' : 'awaitingCard', because: because.message };
}
