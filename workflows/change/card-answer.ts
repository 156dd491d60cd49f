import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { ProofOfReceipt } from '../shared/contract.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import type { Reason } from '../shared/failures.ts';
import { endedNormally, refusalOf, type Refusal } from '../shared/status-word.ts';

/** What a probe has told: which subscription the card holds, or only that it is there, or what it said of the probe. */
export type ProbeReading =
  | { readonly kind: 'holds'; readonly subscription: 'source' | 'target' | 'another' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'counterTooLow' }
  | { readonly kind: 'unclear'; readonly hint: Reason };

/** What an authenticated PoR says about the card: the subscription was taken, refused and unchanged, or neither is sure; or the answer follows. */
export type CardAnswer =
  | { readonly kind: 'executed' }
  | { readonly kind: 'announced' }
  | {
      readonly kind: 'refused' | 'unclear';
      readonly code: FailureCode;
      /** What the card said, for a person. */
      readonly message: string;
    };

/**
 * What the card's security layer says of a packet that it did not run (TS 102 225 §5.2). None of these proves that a packet of ours
 * was not taken. A network may deliver it twice, and the second copy draws CNTR low, a security error or a blocked counter although
 * the first did its work. And anybody who can send the card a message can have it refuse a forged packet under the same counter, in
 * an answer that carries the card's own checksum, while ours is still on its way.
 */
const HINTS: ReadonlyMap<ResponseStatus, FailureCode> = new Map([
  ['integrityFailed', 'POR_INTEGRITY_FAILED'],
  ['cntrLow', 'POR_CNTR_LOW'],
  ['cntrHigh', 'POR_CNTR_HIGH'],
  ['cntrBlocked', 'POR_CNTR_BLOCKED'],
  ['cipheringError', 'POR_CIPHERING_ERROR'],
  ['securityError', 'POR_SECURITY_ERROR'],
  ['memoryFull', 'POR_MEMORY_FULL'],
  ['tarUnknown', 'POR_TAR_UNKNOWN'],
  ['insufficientSecurity', 'POR_INSUFFICIENT_SECURITY'],
]);
/** Those that a second copy draws after the first was run: they do not even answer a question that changes nothing. */
const DRAWN_BY_A_COPY: ReadonlySet<ResponseStatus> = new Set(['cntrLow', 'cntrBlocked', 'securityError', 'memoryFull']);

/** What only announces the answer (3GPP TS 31.115 §7). */
export const ANNOUNCEMENTS: readonly ResponseStatus[] = ['moreTime', 'byShortMessage', 'byUssd'];

/** Reads a PoR. One that is not authenticated answers nothing. */
export function cardAnswer({
  authenticated,
  status,
  statusWord,
}: Pick<ProofOfReceipt, 'authenticated' | 'status' | 'statusWord'>): CardAnswer | undefined {
  if (!authenticated) return undefined;
  if (ANNOUNCEMENTS.includes(status)) return { kind: 'announced' };
  const hint = HINTS.get(status);
  if (hint !== undefined) return { kind: 'unclear', code: hint, message: `the card answered ${status}` };
  return status === 'porOk' ? commandAnswer(statusWord) : undefined;
}

const REFUSED: Readonly<Record<Refusal, (statusWord: string) => string>> = {
  ADMIN_CODE_BLOCKED: () => 'the card says that its admin code is blocked',
  ADMIN_CODE_WRONG: (statusWord) => {
    const left = String(Number.parseInt(statusWord.slice(3), 16));
    return `the card says that the admin code is wrong; tries left before it blocks for good: ${left}`;
  },
  USER_DECLINED: () => 'the user of the device does not want the change',
};

/** Reads the status word of the command that writes the subscription (TS 102 221 §10.2). */
function commandAnswer(statusWord: string | undefined): CardAnswer {
  if (statusWord !== undefined && endedNormally(statusWord)) return { kind: 'executed' };
  const refusal = statusWord === undefined ? undefined : refusalOf(statusWord);
  if (statusWord !== undefined && refusal !== undefined)
    return { kind: 'refused', code: refusal, message: REFUSED[refusal](statusWord) };
  const message = `the command on the card ended with ${statusWord ?? 'no status word'}`;
  return { kind: 'unclear', code: 'CARD_STATUS_WORD', message };
}

/** What a card says when it is asked whether its admin code is right; nothing of it has changed the card. */
export type CheckAnswer = 'right' | Reason;

/** Reads the answer to the question about the admin code. An answer that is not authenticated, or may be that of a copy, says nothing. */
export function checkAnswer(
  por: Pick<ProofOfReceipt, 'authenticated' | 'status' | 'statusWord'>,
): CheckAnswer | undefined {
  const answer = cardAnswer(por);
  if (answer === undefined || answer.kind === 'announced' || DRAWN_BY_A_COPY.has(por.status)) return undefined;
  if (answer.kind === 'executed') return 'right';
  const { code, message } = answer;
  return code === 'CARD_STATUS_WORD' ? { code: 'CARD_CHECK_FAILED', message } : { code, message };
}

/** Reads the answer to a probe. One that is not authenticated says nothing. */
export function probeReading({
  authenticated,
  status,
  holds,
}: Pick<ProofOfReceipt, 'authenticated' | 'status' | 'holds'>): ProbeReading | undefined {
  if (!authenticated) return undefined;
  if (status === 'porOk') return holds === undefined ? { kind: 'alive' } : { kind: 'holds', subscription: holds };
  if (status === 'cntrLow') return { kind: 'counterTooLow' };
  const code = HINTS.get(status);
  return code && { kind: 'unclear', hint: { code, message: `the card answered ${status} when it was read` } };
}
