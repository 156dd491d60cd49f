import type { Iccid } from '../telecom/identifiers/iccid.ts';
import type { Imsi } from '../telecom/identifiers/imsi.ts';

export const CONSENT_DECISIONS = ['granted', 'refused', 'pending'] as const;
export type ConsentDecision = (typeof CONSENT_DECISIONS)[number];

export interface ConsentQuestion {
  readonly changeId: string;
  readonly iccid: Iccid;
  readonly imsi: Imsi;
  readonly targetOperator: string;
}

export interface ConsentAnswer {
  readonly decision: ConsentDecision;
  /** For people. */
  readonly reason?: string;
}

/** What the operator's business decides and the gateway only asks. Rejects with BackOfficeError when it can't be asked. */
export interface BackOffice {
  /** Whether a subscription may leave; asked until the answer is not `pending`. */
  consent(question: ConsentQuestion): Promise<ConsentAnswer>;
  /** What the operator lets the gateway do at present. */
  permissions(): Promise<Permissions>;
  close(): Promise<void>;
}

export interface Permissions {
  /** Give out a subscription of the pool. */
  readonly reserve: boolean;
  /** Bar and delete one at the request of Rehome. */
  readonly release: boolean;
}

/** The back office can't be asked now; the same question may be asked again. */
export class BackOfficeError extends Error {
  override readonly name = 'BackOfficeError';
}

/** An operator that decides once, in the gateway's file. */
export function standingOrders({
  consent,
  reason,
}: {
  readonly consent: ConsentDecision;
  readonly reason?: string | undefined;
}): BackOffice {
  return {
    consent: () => Promise.resolve({ decision: consent, ...(reason !== undefined && { reason }) }),
    permissions: () => Promise.resolve({ reserve: true, release: true }),
    close: () => Promise.resolve(),
  };
}
