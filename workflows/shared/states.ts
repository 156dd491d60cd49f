/** Where one change stands, in the order of the ladder diagram; then the ends, the parking states, and a new beginning. */
export const CHANGE_STATES = [
  'requested',
  'awaitingConsent',
  'checkingCard',
  'reserving',
  'sending',
  'awaitingCard',
  'awaitingAttach',
  'releasing',
  'completedReleasePending',
  'completed',
  'rejected',
  'rolledBack',
  'cancelled',
  'inDoubt',
  'torn',
  'reopened',
] as const;

export type ChangeState = (typeof CHANGE_STATES)[number];

/** Whether a person may still cancel: freely before the pivot, as a wish after it, not at all once the card is attached. */
export type Cancellable = 'freely' | 'deferred' | 'no';

interface StateFacts {
  readonly ended: boolean;
  /** Nothing more will happen soon: whoever waits for the change is told. */
  readonly rests: boolean;
  readonly cancellable: Cancellable;
  /** Why it can be cancelled so, or not at all. */
  readonly because: string;
  /** What a support person reads: what is true now, and what happens next. */
  readonly meaning: string;
}

export const STATES: Readonly<Record<ChangeState, StateFacts>> = {
  requested: {
    ended: false,
    rests: false,
    cancellable: 'freely',
    because: 'nothing has left for the card yet',
    meaning: 'accepted; nothing has been done outside Rehome yet',
  },
  awaitingConsent: {
    ended: false,
    rests: false,
    cancellable: 'freely',
    because: 'nothing has left for the card yet',
    meaning: 'the source operator is asked whether the subscription may leave',
  },
  checkingCard: {
    ended: false,
    rests: false,
    cancellable: 'freely',
    because:
      'nothing is reserved or written yet; but while the question may still reach the card, the next change is rejected (EARLIER_QUESTION_OPEN)',
    meaning:
      'the card is asked, with its admin code, whether that is right; nothing is reserved or written before it has answered',
  },
  reserving: {
    ended: false,
    rests: false,
    cancellable: 'freely',
    because: 'nothing has left for the card yet',
    meaning: 'a subscriber is being reserved in the HLR of the target operator',
  },
  sending: {
    ended: false,
    rests: false,
    cancellable: 'freely',
    because: 'nothing has left for the card yet',
    meaning: 'the packet is being built and handed to the SMSC; from its first segment on, the pivot has passed',
  },
  awaitingCard: {
    ended: false,
    rests: false,
    cancellable: 'deferred',
    because: 'the packet may have reached the card: it is undone only if the card is proven to be unchanged',
    meaning: 'the SMSC has the packet; the proof of receipt of the card is awaited',
  },
  awaitingAttach: {
    ended: false,
    rests: false,
    cancellable: 'deferred',
    because: 'the card has proven that it took the new subscription: the wish is only recorded',
    meaning: 'the card has taken the new subscription; its attach at the target is awaited',
  },
  releasing: {
    ended: false,
    rests: false,
    cancellable: 'no',
    because: 'the card has moved',
    meaning: 'the card is attached to the target; the source operator is asked to let go',
  },
  completed: {
    ended: true,
    rests: true,
    cancellable: 'no',
    because: 'the change has ended',
    meaning: 'the card belongs to the target operator; the source has released it',
  },
  rejected: {
    ended: true,
    rests: true,
    cancellable: 'no',
    because: 'the change has ended',
    meaning: 'nothing was done',
  },
  rolledBack: {
    ended: true,
    rests: true,
    cancellable: 'no',
    because: 'the change has ended',
    meaning: 'every step was undone; the card is as before',
  },
  cancelled: {
    ended: true,
    rests: true,
    cancellable: 'no',
    because: 'the change has ended',
    meaning: 'rolled back on request; the card is as before',
  },
  completedReleasePending: {
    ended: false,
    rests: true,
    cancellable: 'no',
    because: 'the card has moved',
    meaning: 'the card moved to the target; the source operator has not let go yet',
  },
  inDoubt: {
    ended: false,
    rests: true,
    cancellable: 'deferred',
    because: 'the packet may have reached the card: it is undone only if the card is proven to be unchanged',
    meaning: 'nothing proves where the card is; both subscriptions stay alive until evidence or a person decides',
  },
  torn: {
    ended: false,
    rests: true,
    cancellable: 'deferred',
    because: 'the packet may have reached the card: it is undone only if the card is proven to be unchanged',
    meaning:
      'a card fails to authenticate, at the target with the new IMSI or at the source with the old one, so that it may hold one half of the new subscription; both subscriptions stay alive until it is repaired',
  },
  reopened: {
    ended: false,
    rests: false,
    cancellable: 'no',
    because: 'a card may hold the new subscription',
    meaning:
      'a card tried to attach to the target after the change had been undone; its subscription there is brought back',
  },
};

export const isState = (text: string | undefined): text is ChangeState =>
  text !== undefined && Object.hasOwn(STATES, text);
