/** Who acts next. */
export type Disposition = 'retry' | 'rejectOrder' | 'rollBack' | 'callOperator' | 'callDeveloper';

/** What the failure tells about the card, which decides what may still be undone. */
export type CardEvidence = 'none' | 'cardUnchanged' | 'cardInDoubt';

/** Whom it concerns, beside whoever asked for the change: nobody, somebody in office hours, or whoever is on call. */
export type Alert = 'none' | 'ticket' | 'atOnce';

/** Every failure that crosses a Temporal boundary; `docs/failures.md` explains each, and a test compares the two. */
export const FAILURES = {
  ICCID_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  OPERATOR_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  ALREADY_AT_TARGET: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  AGREEMENT_MISSING: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  CARD_PROFILE_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  CARD_BLOCKED: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  TARGET_NOT_ALLOWED: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  MINIMUM_STAY: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  DEVICE_REQUEST_REFUSED: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  CHANGE_IN_PROGRESS: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  EARLIER_CHANGE_OPEN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  SUPPORT_REFUSED: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  EARLIER_QUESTION_OPEN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  EARLIER_PACKET_OPEN: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },
  REQUEST_ID_REUSED: { disposition: 'rejectOrder', evidence: 'none', alert: 'none' },

  DATABASE_UNREACHABLE: { disposition: 'retry', evidence: 'none', alert: 'ticket' },
  KAFKA_UNREACHABLE: { disposition: 'retry', evidence: 'none', alert: 'ticket' },
  HLR_UNREACHABLE: { disposition: 'retry', evidence: 'none', alert: 'ticket' },
  SMSC_UNREACHABLE: { disposition: 'retry', evidence: 'none', alert: 'ticket' },
  SMSC_THROTTLED: { disposition: 'retry', evidence: 'none', alert: 'none' },
  CARD_BEING_READ: { disposition: 'retry', evidence: 'none', alert: 'none' },
  CONSENT_PENDING: { disposition: 'retry', evidence: 'none', alert: 'none' },

  CONSENT_REFUSED: { disposition: 'rollBack', evidence: 'none', alert: 'none' },
  CARD_SILENT: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  IMSI_POOL_EMPTY: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  RESERVATION_WITHDRAWN: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  HLR_REFUSED: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  SUBSCRIBER_UNUSABLE: { disposition: 'rollBack', evidence: 'none', alert: 'atOnce' },
  ADMIN_CODE_UNKNOWN: { disposition: 'rollBack', evidence: 'none', alert: 'atOnce' },
  SMSC_REFUSED: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  SENDING_STOPPED: { disposition: 'rollBack', evidence: 'none', alert: 'none' },
  STEP_TIMED_OUT: { disposition: 'rollBack', evidence: 'none', alert: 'ticket' },
  CANCELLED: { disposition: 'rollBack', evidence: 'none', alert: 'none' },
  ROLLED_BACK_BY_HAND: { disposition: 'rollBack', evidence: 'none', alert: 'none' },

  ADMIN_CODE_WRONG: { disposition: 'rollBack', evidence: 'cardUnchanged', alert: 'atOnce' },
  ADMIN_CODE_BLOCKED: { disposition: 'rollBack', evidence: 'cardUnchanged', alert: 'atOnce' },
  CARD_CHECK_FAILED: { disposition: 'rollBack', evidence: 'cardUnchanged', alert: 'ticket' },
  CARD_UNCHANGED: { disposition: 'rollBack', evidence: 'cardUnchanged', alert: 'ticket' },
  USER_DECLINED: { disposition: 'rollBack', evidence: 'cardUnchanged', alert: 'none' },

  POR_INTEGRITY_FAILED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_CNTR_HIGH: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_CIPHERING_ERROR: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_TAR_UNKNOWN: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_INSUFFICIENT_SECURITY: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_CNTR_LOW: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_CNTR_BLOCKED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_SECURITY_ERROR: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  POR_MEMORY_FULL: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  CARD_STATUS_WORD: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  CARD_HOLDS_ANOTHER: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'atOnce' },
  CARD_TORN: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'atOnce' },
  BOTH_ATTACHED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'atOnce' },
  OTHER_DEVICE: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  ATTACH_REFUSED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  SOURCE_AUTHENTICATION_FAILED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  ATTACH_NOT_SEEN: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  PIVOT_PASSED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'none' },
  SUBSCRIBER_ATTACHED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'none' },
  UNDO_FAILED: { disposition: 'callOperator', evidence: 'cardInDoubt', alert: 'ticket' },
  RELEASE_REFUSED: { disposition: 'callOperator', evidence: 'none', alert: 'ticket' },
  RELEASE_OVERDUE: { disposition: 'callOperator', evidence: 'none', alert: 'ticket' },
  SOURCE_RELEASED_EARLY: { disposition: 'callOperator', evidence: 'none', alert: 'atOnce' },
  SUBSCRIBER_MISSING: { disposition: 'callOperator', evidence: 'none', alert: 'atOnce' },

  KEYSET_UNUSABLE: { disposition: 'callDeveloper', evidence: 'none', alert: 'atOnce' },
  INVARIANT_BROKEN: { disposition: 'callDeveloper', evidence: 'none', alert: 'atOnce' },
} as const satisfies Record<string, { disposition: Disposition; evidence: CardEvidence; alert: Alert }>;

export type FailureCode = keyof typeof FAILURES;

export const isFailureCode = (text: string | null | undefined): text is FailureCode =>
  text !== null && text !== undefined && Object.hasOwn(FAILURES, text);
