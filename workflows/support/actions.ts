import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { ResendCause } from '../change/decision/decide.ts';
import type { Reason } from '../shared/failures.ts';
import { STATES, type ChangeState } from '../shared/states.ts';

/** What a support person may do to an open change. */
export const SUPPORT_ACTIONS = [
  'cancel',
  'retryNow',
  'askCard',
  'rewriteCard',
  'extendDeadline',
  'rollBack',
  'acceptAttach',
  'markReleased',
] as const;

export type SupportAction = (typeof SUPPORT_ACTIONS)[number];

interface ActionFacts {
  /** Reads on from "a person may …". */
  readonly meaning: string;
  /** It can't be taken back, so that a second person has to ask for the same. */
  readonly secondPerson: boolean;
}

export const ACTIONS: Readonly<Record<SupportAction, ActionFacts>> = {
  cancel: { meaning: 'cancel it', secondPerson: false },
  retryNow: { meaning: 'have everything that waits tried again now', secondPerson: false },
  askCard: {
    meaning: 'have the card read over the air, which changes nothing on it, and makes a packet on its way void',
    secondPerson: false,
  },
  rewriteCard: {
    meaning:
      'have the subscription written to it again under a higher counter, if they know it to be torn, when it attaches to the target, before the source is asked to let go',
    secondPerson: false,
  },
  extendDeadline: { meaning: 'give the card more time', secondPerson: false },
  rollBack: {
    meaning: 'have it undone, if they know that the card did not take the new subscription',
    secondPerson: true,
  },
  acceptAttach: {
    meaning: 'have the source let go, if they know that the card works at the target',
    secondPerson: true,
  },
  markReleased: { meaning: 'close it, if they know that the source has let go', secondPerson: true },
};

export interface SupportRequest {
  readonly action: SupportAction;
  /** Who asks: `user:…`. */
  readonly actor: string;
  readonly reason: string;
  readonly ticket?: string;
  /** Of `extendDeadline`: the new deadline (RFC 3339). */
  readonly until?: string;
}

export type SupportAnswer =
  | { readonly kind: 'done'; readonly message: string }
  /** Only once a second person asks for the same is it done. */
  | { readonly kind: 'awaitsSecondPerson'; readonly message: string; readonly first: string }
  /** The change went on meanwhile, so that it is not possible any more. */
  | { readonly kind: 'tooLate'; readonly message: string };

/** What is known of an open change beside its timeline. */
export interface Situation {
  readonly state: ChangeState;
  readonly reason?: Reason;
  /** When the change is in doubt if nothing is heard (RFC 3339). */
  readonly deadline?: string;
  /** When the same packet goes out once more if nothing is heard of it (RFC 3339), and why. */
  readonly resendAt?: string;
  readonly resendBecause?: ResendCause;
  /** The SMSC has given up what was sent last, which goes out again as soon as the device shows itself. */
  readonly givenUp?: true;
  /** When the card is asked to have its device read it anew, unless it has attached by then (RFC 3339). */
  readonly refreshAt?: string;
  /** How often the device was asked to read a card anew that has taken the subscription, and whether it is not any more. */
  readonly refreshes?: { readonly sent: number; readonly isOver: boolean };
  /**
   * That a card which was torn is written again: how many packets so far, and when next (RFC 3339); without that, once the target lets it in.
   */
  readonly rewrite?: {
    readonly sent: number;
    readonly at?: string;
  };
  /** An attach to the target counts for nothing before the card has proven that it holds the new key. */
  readonly holds?: true;
  /** The target has the card attached, and may have been given its old key for that: nothing is released for it. */
  readonly held?: true;
  /** When the source is asked next to let go (RFC 3339). */
  readonly releaseAt?: string;
  /** When Rehome does something by itself, at the latest (RFC 3339). */
  readonly nextAt?: string;
  /** Somebody wants it undone: that is done as soon as the card is proven to be unchanged. */
  readonly wish?: string;
  /** The card itself has proven that it took the new subscription. */
  readonly confirmed?: true;
  /** Every step is being undone. */
  readonly undoing?: true;
  /** What the first of two persons has asked for. */
  readonly first?: { readonly action: SupportAction; readonly actor: string; readonly at: string };
  readonly permitted: readonly SupportAction[];
}

export const supportUpdate = defineUpdate<SupportAnswer, [SupportRequest]>('support');
export const situationQuery = defineQuery<Situation>('situation');

/** What decides, beside the state, whether an action is possible. */
export interface SupportFacts {
  readonly state: ChangeState;
  /** The card itself has proven that it took the new subscription. */
  readonly confirmed: boolean;
  /** The HLR of the target, or a person, has said that the card is there. */
  readonly attached: boolean;
  readonly canReadBack: boolean;
  /** The card's profile is one that may be torn. */
  readonly canRewrite: boolean;
  /** False while it is sure that the packet never left. */
  readonly mayHaveLeft: boolean;
  readonly undoing: boolean;
  /** It is decided that the card is as before: what was reserved is withdrawn, which may take its time. */
  readonly unchanged: boolean;
}

const WATCHING: ReadonlySet<ChangeState> = new Set(['awaitingCard', 'awaitingAttach', 'inDoubt', 'torn', 'reopened']);

/** What is no use while the packet has not left. */
const ABOUT_PACKET: ReadonlySet<SupportAction> = new Set([
  ...(['askCard', 'rewriteCard', 'extendDeadline', 'acceptAttach'] as const),
]);
/** What is decided already of a change that is being undone. */
const ABOUT_UNDO: ReadonlySet<SupportAction> = new Set([
  ...(['cancel', 'askCard', 'rewriteCard', 'extendDeadline', 'rollBack'] as const),
]);

/** Why an action is not possible now; nothing when it is. */
export function forbidden(facts: SupportFacts, action: SupportAction): string | undefined {
  const { state, confirmed, attached, canReadBack, canRewrite, mayHaveLeft, undoing, unchanged } = facts;
  if (STATES[state].ended) return 'the change has ended';
  if (undoing) return 'the change is being undone';
  if (unchanged && !attached && ABOUT_UNDO.has(action)) return 'the change is being undone already';
  const watched = WATCHING.has(state) && !attached;
  if (watched && !mayHaveLeft && ABOUT_PACKET.has(action)) return 'the packet never left: the card is as before';
  switch (action) {
    case 'cancel':
      if (STATES[state].cancellable === 'no') return STATES[state].because;
      return attached ? 'the card has moved: the old subscription can’t be given back' : undefined;
    case 'retryNow':
      if (state === 'releasing') return 'the source operator is being asked at this moment';
      return WATCHING.has(state) || state === 'completedReleasePending'
        ? undefined
        : 'what fails before the packet is sent is tried again by itself';
    case 'askCard':
      if (!watched) return 'the card is asked only while it is not known where it is';
      if (confirmed) return 'the card has proven already that it took the new subscription';
      return canReadBack ? undefined : 'the card’s profile has no way to read it back';
    case 'rewriteCard':
      if (attached) return 'the card has attached to the target: a torn one is written there by itself';
      if (!watched) return 'the card is written again only while it is not known where it is';
      if (confirmed) return 'the card has proven already that it took the new subscription';
      return canRewrite
        ? undefined
        : 'the card’s profile swaps everything at once, or the card has refused it, or the keys are not here any more';
    case 'extendDeadline':
      return watched ? undefined : 'no deadline runs';
    case 'rollBack':
      if (!watched) return attached ? 'the card has moved' : 'the packet was not sent: cancel it instead';
      return confirmed
        ? 'the card has proven that it took the new subscription: undone, it would be left without any'
        : undefined;
    case 'acceptAttach':
      return WATCHING.has(state)
        ? undefined
        : 'it is known already that the card is at the target, or it got no packet yet';
    case 'markReleased':
      return state === 'completedReleasePending' || (state === 'inDoubt' && attached)
        ? undefined
        : 'the release is not pending';
  }
}

export const permittedActions = (facts: SupportFacts): SupportAction[] =>
  SUPPORT_ACTIONS.filter((action) => forbidden(facts, action) === undefined);
