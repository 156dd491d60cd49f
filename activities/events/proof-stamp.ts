import { timingSafeEqual } from 'node:crypto';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { CardIndex } from '../vault/card-index.ts';

/** What a PoR says, and of which packet. */
export interface ProofClaim {
  readonly changeId: string;
  readonly cntr: number;
  readonly status: ResponseStatus;
  readonly statusWord?: string | undefined;
  /** Present when it answers the question about the admin code. */
  readonly purpose?: 'check' | undefined;
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
export const stampOf = (index: CardIndex, { changeId, cntr, status, statusWord = '', purpose }: ProofClaim): string =>
  index.hash(
    ['proof-of-receipt', changeId, String(cntr), status, statusWord, ...(purpose === undefined ? [] : [purpose])].join(
      '/',
    ),
  );

/** The same for a request that a card has signed. */
export const requestStampOf = (index: CardIndex, { iccid, target, requestId }: RequestClaim): string =>
  index.hash(JSON.stringify(['change-request', iccid, target, requestId]));

/** True when a stamp is the right one; compares in constant time. */
export function isSameStamp(expected: string, stamp: string): boolean {
  const right = Buffer.from(expected);
  const given = Buffer.from(stamp);
  return given.length === right.length && timingSafeEqual(given, right);
}
