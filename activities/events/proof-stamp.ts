import { timingSafeEqual } from 'node:crypto';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { CardIndex } from '../vault/card-index.ts';

/** What a PoR says, and of which packet. */
export interface ProofClaim {
  readonly changeId: string;
  readonly cntr: number;
  readonly status: ResponseStatus;
  readonly statusWord?: string | undefined;
}

/**
 * Keyed hash over a PoR whose checksum the OTA worker has verified. A topic is open to more programs than the worker; only who holds
 * the index key can stamp a PoR, so that nobody else can make a change believe one.
 */
export const stampOf = (index: CardIndex, { changeId, cntr, status, statusWord = '' }: ProofClaim): string =>
  index.hash(`proof-of-receipt/${changeId}/${String(cntr)}/${status}/${statusWord}`);

/** True when the stamp is ours; compares in constant time. */
export function isStampOf(index: CardIndex, claim: ProofClaim, stamp: string): boolean {
  const right = Buffer.from(stampOf(index, claim));
  const given = Buffer.from(stamp);
  return given.length === right.length && timingSafeEqual(given, right);
}
