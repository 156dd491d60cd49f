/** Who acts next. */
export type Disposition = 'retry' | 'rejectOrder' | 'rollBack' | 'callOperator' | 'callDeveloper';

/** What the failure tells about the card, which decides what may still be undone. */
export type CardEvidence = 'none' | 'cardUnchanged' | 'cardInDoubt';

/** Every failure that crosses a Temporal boundary; `docs/failures.md` explains each, and a test compares the two. */
export const FAILURES = {
  ICCID_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none' },
  OPERATOR_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none' },
  ALREADY_AT_TARGET: { disposition: 'rejectOrder', evidence: 'none' },
  AGREEMENT_MISSING: { disposition: 'rejectOrder', evidence: 'none' },
  CARD_PROFILE_UNKNOWN: { disposition: 'rejectOrder', evidence: 'none' },
  CARD_BLOCKED: { disposition: 'rejectOrder', evidence: 'none' },
  TARGET_NOT_ALLOWED: { disposition: 'rejectOrder', evidence: 'none' },
  MINIMUM_STAY: { disposition: 'rejectOrder', evidence: 'none' },
  DEVICE_REQUEST_REFUSED: { disposition: 'rejectOrder', evidence: 'none' },
  CHANGE_IN_PROGRESS: { disposition: 'rejectOrder', evidence: 'none' },
  EARLIER_CHANGE_OPEN: { disposition: 'rejectOrder', evidence: 'none' },
  REQUEST_ID_REUSED: { disposition: 'rejectOrder', evidence: 'none' },

  DATABASE_UNREACHABLE: { disposition: 'retry', evidence: 'none' },
  KAFKA_UNREACHABLE: { disposition: 'retry', evidence: 'none' },
  HLR_UNREACHABLE: { disposition: 'retry', evidence: 'none' },
  SMSC_UNREACHABLE: { disposition: 'retry', evidence: 'none' },
  SMSC_THROTTLED: { disposition: 'retry', evidence: 'none' },
  CONSENT_PENDING: { disposition: 'retry', evidence: 'none' },

  CONSENT_REFUSED: { disposition: 'rollBack', evidence: 'none' },
  CARD_SILENT: { disposition: 'rollBack', evidence: 'none' },
  IMSI_POOL_EMPTY: { disposition: 'rollBack', evidence: 'none' },
  RESERVATION_WITHDRAWN: { disposition: 'rollBack', evidence: 'none' },
  HLR_REFUSED: { disposition: 'rollBack', evidence: 'none' },
  SUBSCRIBER_UNUSABLE: { disposition: 'rollBack', evidence: 'none' },
  ADMIN_CODE_UNKNOWN: { disposition: 'rollBack', evidence: 'none' },
  SMSC_REFUSED: { disposition: 'rollBack', evidence: 'none' },
  SENDING_STOPPED: { disposition: 'rollBack', evidence: 'none' },
  STEP_TIMED_OUT: { disposition: 'rollBack', evidence: 'none' },
  CANCELLED: { disposition: 'rollBack', evidence: 'none' },

  ADMIN_CODE_WRONG: { disposition: 'rollBack', evidence: 'cardUnchanged' },
  ADMIN_CODE_BLOCKED: { disposition: 'rollBack', evidence: 'cardUnchanged' },
  CARD_CHECK_FAILED: { disposition: 'rollBack', evidence: 'cardUnchanged' },
  USER_DECLINED: { disposition: 'rollBack', evidence: 'cardUnchanged' },

  POR_INTEGRITY_FAILED: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_CNTR_HIGH: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_CIPHERING_ERROR: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_TAR_UNKNOWN: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_INSUFFICIENT_SECURITY: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_CNTR_LOW: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_CNTR_BLOCKED: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_SECURITY_ERROR: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  POR_MEMORY_FULL: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  CARD_STATUS_WORD: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  ATTACH_NOT_SEEN: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  PIVOT_PASSED: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  SUBSCRIBER_ATTACHED: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  UNDO_FAILED: { disposition: 'callOperator', evidence: 'cardInDoubt' },
  RELEASE_REFUSED: { disposition: 'callOperator', evidence: 'none' },
  SUBSCRIBER_MISSING: { disposition: 'callOperator', evidence: 'none' },

  KEYSET_UNUSABLE: { disposition: 'callDeveloper', evidence: 'none' },
  INVARIANT_BROKEN: { disposition: 'callDeveloper', evidence: 'none' },
} as const satisfies Record<string, { disposition: Disposition; evidence: CardEvidence }>;

export type FailureCode = keyof typeof FAILURES;

export const isFailureCode = (text: string | null | undefined): text is FailureCode =>
  text !== null && text !== undefined && Object.hasOwn(FAILURES, text);
