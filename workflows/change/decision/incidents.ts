import type { RefusalCause } from '../../../telecom/gsup/registration-refusal.ts';
import type { FailureCode } from '../../shared/failure-codes.ts';
import type { Reason } from '../../shared/failures.ts';
import type { Decision } from './decision.ts';
import type { CardState } from './card-state.ts';

/** Reads on from "the target does not let the card in: ". */
const WHY_REFUSED: Readonly<Record<RefusalCause, string>> = {
  roamingNotAllowed: 'roaming is not allowed there',
  accessTechnologyNotAllowed: 'the access technology is not allowed',
  networkNotAllowed: 'the network is not allowed',
  noPacketSubscription: 'no subscription, or no access point, fits for packet data',
  other: 'for a reason that it does not name',
};

const MISSING: Reason = {
  code: 'SOURCE_RELEASED_EARLY',
  message:
    'the source does not know the old subscriber any more, although it was not asked to let go: a card that still holds it has no service',
};
const BARRED: Reason = {
  code: 'SOURCE_RELEASED_EARLY',
  message:
    'the source has barred the old subscriber, although it was not asked to let go: a card that still holds it has no service',
};
const ANOTHER_KEY: Reason = {
  code: 'SOURCE_AUTHENTICATION_FAILED',
  message:
    'a card fails to authenticate at the source with the old IMSI, and a power cut does not leave this card so: its device has not read it anew, or somebody else’s SIM has that IMSI, or the source has another key',
};
const NOT_LET_IN: Reason = {
  code: 'ATTACH_REFUSED',
  message:
    'a card was seen at the target with the new IMSI, and has not registered: the target does not say why it does not let it in',
};
const NOT_SEEN: Reason = { code: 'ATTACH_NOT_SEEN', message: 'the card has not attached to the target in time' };

/** How it is recorded that a trouble is over. */
const OVER: Partial<Record<FailureCode, string>> = {
  SOURCE_RELEASED_EARLY: 'the source has the old subscriber again, and lets it in',
  SOURCE_AUTHENTICATION_FAILED: 'the source has seen a card authenticate with the old IMSI since',
  ATTACH_REFUSED: 'the target tells of no refusal any more',
};

/** What keeps the card from attaching, or has left it without service, that a person has to mend; the worst of it. */
function troubleOf(known: CardState): Reason | undefined {
  const { source, refusal } = known;
  const { standing, failsToAuthenticate } = source.subscriber;
  if (standing !== 'served') return standing === 'missing' ? MISSING : BARRED;
  if (refusal !== undefined)
    return { code: 'ATTACH_REFUSED', message: `the target does not let the card in: ${WHY_REFUSED[refusal.cause]}` };
  return failsToAuthenticate === true ? ANOTHER_KEY : undefined;
}

/** Why a card of which nothing is proven in time is in doubt. */
export const doubtOf = (known: CardState): Reason =>
  troubleOf(known) ?? known.silence ?? known.hint ?? (known.seenAtTarget ? NOT_LET_IN : NOT_SEEN);

/** A trouble is recorded in the state that the change is in, once, and so is its end: nothing else is done about it. */
export function byTrouble(known: CardState, torn: Reason): Decision | undefined {
  const { state, told, undo } = known;
  const trouble = troubleOf(known);
  if (trouble?.message === told?.message) return undefined;
  if (told === undefined || trouble?.code === told.code) return trouble && { kind: 'record', state, because: trouble };
  const over = OVER[told.code] ?? told.message;
  const still =
    trouble ?? (state === 'torn' ? torn : state === 'inDoubt' ? (undo?.stuck ?? doubtOf(known)) : undefined);
  return {
    ...{ kind: 'record', state },
    because: still === undefined ? over : { code: still.code, message: `${over}; ${still.message}` },
  };
}

/** What is on record of a trouble once a state was recorded with this code: without it, it is recorded anew. */
export const toldOf = (known: CardState, code: FailureCode | undefined): Reason | undefined => {
  const trouble = troubleOf(known);
  return code !== undefined && code === trouble?.code ? trouble : undefined;
};
