import { setHandler } from '@temporalio/workflow';
import type { ResponseStatus } from '../telecom/ota/response-status.ts';
import { locationUpdateSignal, proofOfReceiptSignal, type ProofOfReceipt } from './contract.ts';
import type { FailureCode } from './failure-codes.ts';

/** What an authenticated PoR says about the card: the subscription was taken, refused and unchanged, or neither is sure. */
export type CardAnswer =
  { readonly kind: 'taken' } | { readonly kind: 'refused' | 'unclear'; readonly code: FailureCode };

const REFUSALS: Readonly<Partial<Record<ResponseStatus, FailureCode>>> = {
  integrityFailed: 'POR_INTEGRITY_FAILED',
  cntrHigh: 'POR_CNTR_HIGH',
  cntrBlocked: 'POR_CNTR_BLOCKED',
  cipheringError: 'POR_CIPHERING_ERROR',
  securityError: 'POR_SECURITY_ERROR',
  memoryFull: 'POR_MEMORY_FULL',
  tarUnknown: 'POR_TAR_UNKNOWN',
  insufficientSecurity: 'POR_INSUFFICIENT_SECURITY',
};

/**
 * Reads a PoR. One that is not authenticated, or only announces another, answers nothing. CNTR low is not a refusal:
 * a card says so of an identical packet that arrives twice, although the first one did its work (TS 102 225 §5.1.4).
 */
export function cardAnswer(por: ProofOfReceipt): CardAnswer | undefined {
  if (!por.authenticated) return undefined;
  if (por.status === 'cntrLow') return { kind: 'unclear', code: 'POR_CNTR_LOW' };
  const refusal = REFUSALS[por.status];
  if (refusal !== undefined) return { kind: 'refused', code: refusal };
  if (por.status !== 'porOk') return undefined;
  if (por.statusWord === '9000') return { kind: 'taken' };
  if (por.statusWord?.startsWith('63c')) return { kind: 'refused', code: 'ADMIN_CODE_WRONG' };
  if (por.statusWord === '6983') return { kind: 'refused', code: 'ADMIN_CODE_BLOCKED' };
  return { kind: 'unclear', code: 'CARD_STATUS_WORD' };
}

/**
 * Collects PoRs and location updates of one change, from the moment it is made, so that one that arrives early is not lost.
 * Delivery is at least once and in any order: an event seen before, or of another change, changes nothing.
 */
export class Evidence {
  readonly #seen = new Set<string>();
  #answer: CardAnswer | undefined;
  #confirmed = false;
  #locationUpdated = false;

  constructor(changeId: string) {
    const isNews = (event: { readonly changeId: string; readonly eventId: string }) => {
      if (event.changeId !== changeId || this.#seen.has(event.eventId)) return false;
      this.#seen.add(event.eventId);
      return true;
    };
    setHandler(proofOfReceiptSignal, (por) => {
      if (isNews(por)) this.#hear(cardAnswer(por));
    });
    setHandler(locationUpdateSignal, (update) => {
      if (isNews(update)) this.#locationUpdated = true;
    });
  }

  get arrived(): boolean {
    return this.#answer !== undefined || this.#locationUpdated;
  }

  /** True once the card has proven that it took the new subscription. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  takeAnswer(): CardAnswer | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }

  /** True once after any number of location updates: the caller then asks the HLR. */
  takeLocationUpdate(): boolean {
    const updated = this.#locationUpdated;
    this.#locationUpdated = false;
    return updated;
  }

  /** A card that has taken the subscription does not give it back: what it refuses then is another copy of the packet. */
  #hear(answer: CardAnswer | undefined): void {
    if (answer === undefined || this.#confirmed) return;
    // A copy of the packet that comes second draws CNTR low, which takes nothing back of what the card said of the first.
    if (answer.kind === 'unclear' && this.#answer?.kind === 'refused') return;
    this.#confirmed = answer.kind === 'taken';
    this.#answer = answer;
  }
}
