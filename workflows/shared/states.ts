import type { Because } from '../explanation/because.ts';

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
  readonly because: Because;
}

const FREELY = { ended: false, rests: false, cancellable: 'freely', because: 'nothingSent' } as const;
const ENDED = { ended: true, rests: true, cancellable: 'no', because: 'changeEnded' } as const;
const MOVED = { ended: false, rests: false, cancellable: 'no', because: 'cardMoved' } as const;
const AWAITED = { ended: false, rests: false, cancellable: 'deferred', because: 'packetMayArrive' } as const;

export const STATES: Readonly<Record<ChangeState, StateFacts>> = {
  requested: FREELY,
  awaitingConsent: FREELY,
  checkingCard: { ...FREELY, because: 'questionMayArrive' },
  reserving: FREELY,
  sending: FREELY,
  awaitingCard: AWAITED,
  awaitingAttach: { ...AWAITED, because: 'cardConfirmed' },
  releasing: MOVED,
  completed: ENDED,
  rejected: ENDED,
  rolledBack: ENDED,
  cancelled: ENDED,
  completedReleasePending: { ...MOVED, rests: true },
  inDoubt: { ...AWAITED, rests: true },
  torn: { ...AWAITED, rests: true },
  reopened: { ...MOVED, because: 'cardMayHoldTarget' },
};

export const isState = (text: string | undefined): text is ChangeState =>
  text !== undefined && Object.hasOwn(STATES, text);
