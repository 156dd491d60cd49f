import { isSameMessageId, isSameMessageNumber } from '../../telecom/smpp/delivery-receipt.ts';

/** One submission of a packet, as far as receipts speak of it. */
interface Receiptable {
  /** As what the SMSC took its segments, in their order. */
  readonly messageIds: readonly string[];
}

/** One segment of one submission. */
export interface ReceiptedSegment<Submission extends Receiptable> {
  readonly submission: Submission;
  /** Its place among those that were submitted. */
  readonly index: number;
}

/** The segment that a receipt names: one with this very id comes before one whose id is the same number in another base. */
export function segmentNamed<Submission extends Receiptable>(
  messageId: string,
  submissions: readonly Submission[],
): ReceiptedSegment<Submission> | undefined {
  for (const isNamed of [isSameMessageId, isSameMessageNumber])
    for (const submission of submissions) {
      const index = submission.messageIds.findIndex((id) => isNamed(id, messageId));
      if (index >= 0) return { submission, index };
    }
  return undefined;
}
