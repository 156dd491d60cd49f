import { cardAnswer } from '../../workflows/card-answer.ts';
import type { ProofOfReceipt } from '../../workflows/contract.ts';

/** Whether an answer that is kept, verified, with the packet which writes the subscription proves that the card took it. */
export const provesTaken = (status: ProofOfReceipt['status'] | null, statusWord: string | null): boolean =>
  status !== null &&
  cardAnswer({ authenticated: true, status, ...(statusWord !== null && { statusWord }) })?.kind === 'taken';
