import { timingSafeEqual } from 'node:crypto';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { ProofOfReceipt } from '../../workflows/shared/contract.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';

/** What a PoR says, and of which packet. */
export interface ProofClaim {
  readonly changeId: string;
  readonly cntr: number;
  readonly status: ResponseStatus;
  readonly statusWord?: string | undefined;
  /** Present when it answers the question about the admin code, or a probe. */
  readonly purpose?: ProofOfReceipt['purpose'] | undefined;
  /** Present with a packet that writes a torn card again. */
  readonly number?: number | undefined;
  /** Present when a probe has read back what the card holds. */
  readonly holds?: ProofOfReceipt['holds'] | undefined;
}

/** That the SMSC has given up one submission of the packet that writes the subscription. */
export interface FailureClaim {
  readonly changeId: string;
  readonly submission: number;
}

/** That the SMSC has said that the device of a change is back. */
export interface ContactClaim {
  readonly changeId: string;
  /** When the OTA worker heard it (RFC 3339). */
  readonly at: string;
}

/** What a card asks for, as the OTA worker has read it. */
export interface RequestClaim {
  readonly iccid: string;
  readonly target: string;
  readonly requestId: string;
}

/**
 * Keyed hash over a PoR whose checksum the OTA worker has verified. A topic is open to more programs than the worker; only who holds
 * the index key can stamp a PoR, so that nobody else can make a change believe one.
 */
export const stampOf = (
  index: CardIndex,
  { changeId, cntr, status, statusWord = '', purpose, holds, number }: ProofClaim,
): string =>
  index.hash(
    ['proof-of-receipt', changeId, String(cntr), status, statusWord, purpose, holds, number?.toString()]
      .filter((part) => part !== undefined)
      .join('/'),
  );

/** The same for what the worker has heard of an SMSC. */
export const failureStampOf = (index: CardIndex, { changeId, submission }: FailureClaim): string =>
  index.hash(JSON.stringify(['delivery-failed', changeId, submission]));
export const contactStampOf = (index: CardIndex, { changeId, at }: ContactClaim): string =>
  index.hash(JSON.stringify(['device-reachable', changeId, at]));

/** The same for a request that a card has signed. */
export const requestStampOf = (index: CardIndex, { iccid, target, requestId }: RequestClaim): string =>
  index.hash(JSON.stringify(['change-request', iccid, target, requestId]));

/** True when a stamp is the right one; compares in constant time. */
export function isSameStamp(expected: string, stamp: string): boolean {
  const right = Buffer.from(expected);
  const given = Buffer.from(stamp);
  return given.length === right.length && timingSafeEqual(given, right);
}
