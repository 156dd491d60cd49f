import { defineQuery, defineUpdate } from '@temporalio/workflow';
import { BECAUSE, type Because } from '../explanation/because.ts';
import type { ScheduleItem } from '../explanation/schedule.ts';
import type { Reason } from '../shared/failures.ts';
import { STATES, type ChangeState } from '../shared/states.ts';

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
  /** Every step is being undone. */
  readonly undoing: boolean;
  /** It is decided that the card is as before: what was reserved is withdrawn, which may take its time. */
  readonly unchanged: boolean;
}

/** What is not known otherwise is as it is of a change before its packet. */
export const factsOf = (known: Pick<SupportFacts, 'state'> & Partial<SupportFacts>): SupportFacts => ({
  ...{ confirmed: false, attached: false, canReadBack: false, canRewrite: false },
  ...{ mayHaveLeft: true, undoing: false, unchanged: false },
  ...known,
});

interface ActionRule {
  /** Why it is not possible now; nothing when it is. Asked only of an open change that is not being undone before its packet. */
  readonly against: (facts: SupportFacts) => Because | undefined;
  /** It can't be taken back, so that a second person has to ask for the same. */
  readonly secondPerson: boolean;
  /** No use while the packet has not left. */
  readonly aboutPacket: boolean;
  /** No use of a change whose undo is decided. */
  readonly aboutUndo: boolean;
  /** What the request carries beside actor, reason and ticket. */
  readonly carries?: 'until';
}

const WATCHING: ReadonlySet<ChangeState> = new Set(['awaitingCard', 'awaitingAttach', 'inDoubt', 'torn', 'reopened']);

/** Nobody knows yet where the card is. */
const isWatched = ({ state, attached }: SupportFacts): boolean => WATCHING.has(state) && !attached;

/** What a support person may do to an open change: an action is this row, what it does in `change/after-pivot.ts`, and its words. */
export const ACTIONS = {
  cancel: {
    ...{ secondPerson: false, aboutPacket: false, aboutUndo: true },
    against: ({ state, attached }) =>
      STATES[state].cancellable === 'no' ? STATES[state].because : attached ? 'cardMoved' : undefined,
  },
  retryNow: {
    ...{ secondPerson: false, aboutPacket: false, aboutUndo: false },
    against: ({ state }) =>
      state === 'releasing'
        ? 'releaseUnderWay'
        : WATCHING.has(state) || state === 'completedReleasePending'
          ? undefined
          : 'repeatedAnyway',
  },
  askCard: {
    ...{ secondPerson: false, aboutPacket: true, aboutUndo: true },
    against: (facts) =>
      !isWatched(facts)
        ? 'cardNotAwaited'
        : facts.confirmed
          ? 'cardKnown'
          : facts.canReadBack
            ? undefined
            : 'cardNotReadable',
  },
  rewriteCard: {
    ...{ secondPerson: false, aboutPacket: true, aboutUndo: true },
    against: (facts) => {
      if (facts.attached) return 'rewrittenAnyway';
      if (!isWatched(facts)) return 'cardNotAwaited';
      if (facts.confirmed) return 'cardKnown';
      return facts.canRewrite ? undefined : 'cardNotRewritable';
    },
  },
  extendDeadline: {
    ...{ secondPerson: false, aboutPacket: true, aboutUndo: true, carries: 'until' },
    against: (facts) => (isWatched(facts) ? undefined : 'noDeadline'),
  },
  rollBack: {
    ...{ secondPerson: true, aboutPacket: false, aboutUndo: true },
    against: (facts) => {
      if (!isWatched(facts)) return facts.attached ? 'cardMoved' : 'packetNotSent';
      return facts.confirmed ? 'lastSubscription' : undefined;
    },
  },
  acceptAttach: {
    ...{ secondPerson: true, aboutPacket: true, aboutUndo: false },
    against: ({ state }) => (WATCHING.has(state) ? undefined : 'attachKnown'),
  },
  markReleased: {
    ...{ secondPerson: true, aboutPacket: false, aboutUndo: false },
    against: ({ state, attached }) =>
      state === 'completedReleasePending' || (state === 'inDoubt' && attached) ? undefined : 'releaseNotPending',
  },
} as const satisfies Record<string, ActionRule>;

export type SupportAction = keyof typeof ACTIONS;
export const SUPPORT_ACTIONS = Object.keys(ACTIONS) as readonly SupportAction[];

/** Why an action is not possible now; nothing when it is. */
export function refusalOf(facts: SupportFacts, action: SupportAction): Because | undefined {
  const { against, aboutPacket, aboutUndo }: ActionRule = ACTIONS[action];
  const { state, attached, mayHaveLeft, undoing, unchanged } = facts;
  if (STATES[state].ended) return 'changeEnded';
  if (undoing || (unchanged && !attached && aboutUndo)) return 'beingUndone';
  if (isWatched(facts) && !mayHaveLeft && aboutPacket) return 'packetNeverLeft';
  return against(facts);
}

/** The same in words. */
export function forbidden(facts: SupportFacts, action: SupportAction): string | undefined {
  const because = refusalOf(facts, action);
  return because && BECAUSE[because];
}

export const permittedActions = (facts: SupportFacts): SupportAction[] =>
  SUPPORT_ACTIONS.filter((action) => refusalOf(facts, action) === undefined);

export interface SupportRequest {
  readonly action: SupportAction;
  /** Who asks: `user:…`. */
  readonly actor: string;
  readonly reason: string;
  readonly ticket?: string;
  /** Of an action that carries it: the new deadline (RFC 3339). */
  readonly until?: string;
}

export type SupportAnswer =
  | { readonly kind: 'done'; readonly message: string }
  /** Only once a second person asks for the same is it done. */
  | { readonly kind: 'awaitsSecondPerson'; readonly message: string; readonly first: string }
  /** The change went on meanwhile, so that it is not possible any more. */
  | { readonly kind: 'tooLate'; readonly message: string };

/** What the workflow of an open change knows of it beside its timeline. Times are RFC 3339. */
export interface Situation extends SupportFacts {
  readonly reason?: Reason;
  /** Since when the change is in its state. */
  readonly since?: string;
  readonly schedule: readonly ScheduleItem[];
  /** When Rehome does something by itself, at the latest. */
  readonly nextAt?: string;
  /** What was heard last of whom the change waits for. */
  readonly heard: { readonly target?: Reason; readonly card?: Reason; readonly source?: Reason };
  /** Somebody has asked for the undo: it is done as soon as the card is proven to be unchanged. */
  readonly pendingCancellation?: string;
  /**
   * An attach proves nothing before the card has proven the new key: it is still to come, or seen, where the card is to be written again;
   * `unwritable`: seen, and Rehome can't write the card any more; `ownKey`: seen, and the target has to set its own key.
   */
  readonly unprovenAttach?: 'expected' | 'seen' | 'unwritable' | 'ownKey';
  /** How often the device was asked to read its card again. */
  readonly refreshes: number;
  /** What the first of two persons has asked for. */
  readonly first?: { readonly action: SupportAction; readonly actor: string; readonly at: string };
  readonly permitted: readonly SupportAction[];
}

export const supportUpdate = defineUpdate<SupportAnswer, [SupportRequest]>('support');
export const situationQuery = defineQuery<Situation>('situation');
