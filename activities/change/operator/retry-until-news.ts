import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';

/** What ends a repetition although it is a failure: nothing changes by asking again. */
const FINAL = new Set<string | null | undefined>(['BOTH_ATTACHED', 'OTHER_DEVICE'] satisfies FailureCode[]);

/** The answer "not yet", which has the server ask again; nobody is to be alarmed by it. */
export const notYet = (type: FailureCode, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type, message, category: ApplicationFailureCategory.BENIGN });

/**
 * Has the server repeat also what a peer has refused: it may answer otherwise another day. The failure keeps its code. A refusal that is
 * `news` ends the repetition.
 */
export async function repeatedly<Output>(
  work: () => Promise<Output>,
  news: (refusal: string) => boolean = () => false,
): Promise<Output> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ApplicationFailure) || cause.nonRetryable !== true || FINAL.has(cause.type)) throw cause;
    const { type, message } = cause;
    if (type != null && news(type)) throw cause;
    throw ApplicationFailure.create({ ...(type != null && { type }), message });
  }
}
