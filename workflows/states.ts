/** Where one change stands, in the order of the ladder diagram; then the ends, and the parking state. */
export const CHANGE_STATES = [
  'requested',
  'awaitingConsent',
  'checkingCard',
  'reserving',
  'sending',
  'awaitingCard',
  'awaitingAttach',
  'releasing',
  'completed',
  'rejected',
  'rolledBack',
  'cancelled',
  'completedReleasePending',
  'inDoubt',
  'reopened',
] as const;

export type ChangeState = (typeof CHANGE_STATES)[number];

/** Whether a person may still cancel: freely before the pivot, as a wish after it, not at all once the card is attached. */
export type Cancellable = 'freely' | 'asAWish' | 'no';

interface StateFacts {
  readonly ended: boolean;
  readonly cancellable: Cancellable;
  /** What a support person reads: what is true now, and what happens next. */
  readonly meaning: string;
}

export const STATES: Readonly<Record<ChangeState, StateFacts>> = {
  requested: { ended: false, cancellable: 'freely', meaning: 'accepted; nothing has been done outside Rehome yet' },
  awaitingConsent: {
    ended: false,
    cancellable: 'freely',
    meaning: 'the source operator is asked whether the subscription may leave',
  },
  checkingCard: {
    ended: false,
    cancellable: 'freely',
    meaning: 'the card is asked whether its admin code is right, before anything is reserved or written',
  },
  reserving: {
    ended: false,
    cancellable: 'freely',
    meaning: 'a subscriber is being reserved in the HLR of the target operator',
  },
  sending: {
    ended: false,
    cancellable: 'freely',
    meaning: 'the packet is being built and handed to the SMSC; from its first segment on, the pivot has passed',
  },
  awaitingCard: {
    ended: false,
    cancellable: 'asAWish',
    meaning: 'the SMSC has the packet; the proof of receipt of the card is awaited',
  },
  awaitingAttach: {
    ended: false,
    cancellable: 'asAWish',
    meaning: 'the card has taken the new subscription; its attach at the target is awaited',
  },
  releasing: {
    ended: false,
    cancellable: 'no',
    meaning: 'the card is attached to the target; the source operator is asked to let go',
  },
  completed: {
    ended: true,
    cancellable: 'no',
    meaning: 'the card belongs to the target operator; the source has released it',
  },
  rejected: { ended: true, cancellable: 'no', meaning: 'nothing was done' },
  rolledBack: { ended: true, cancellable: 'no', meaning: 'every step was undone; the card is as before' },
  cancelled: { ended: true, cancellable: 'no', meaning: 'rolled back on request; the card is as before' },
  completedReleasePending: {
    ended: true,
    cancellable: 'no',
    meaning: 'the card moved to the target; the source operator has not let go yet',
  },
  inDoubt: {
    ended: false,
    cancellable: 'asAWish',
    meaning: 'nothing proves where the card is; both subscriptions stay alive until evidence or a person decides',
  },
  reopened: {
    ended: false,
    cancellable: 'no',
    meaning: 'a card came late: its subscription at the target is out of quarantine again, and its attach is awaited',
  },
};

export const isState = (text: string | undefined): text is ChangeState =>
  text !== undefined && Object.hasOwn(STATES, text);
