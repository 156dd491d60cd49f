import { isSameMessageId, isSameMessageNumber } from '../../telecom/smpp/delivery-receipt.ts';

/** One hand-over of a packet, as far as receipts speak of it. */
interface Receiptable {
  /** As what the SMSC took its segments, in their order. */
  readonly messageIds: readonly string[];
}

/** One segment of one hand-over. */
export interface ReceiptedSegment<HandOver extends Receiptable> {
  readonly handOver: HandOver;
  /** Its place among those that were handed over. */
  readonly index: number;
}

/** The segment that a receipt names: one with this very id comes before one whose id is the same number in another base. */
export function segmentNamed<HandOver extends Receiptable>(
  messageId: string,
  handOvers: readonly HandOver[],
): ReceiptedSegment<HandOver> | undefined {
  for (const isNamed of [isSameMessageId, isSameMessageNumber])
    for (const handOver of handOvers) {
      const index = handOver.messageIds.findIndex((id) => isNamed(id, messageId));
      if (index >= 0) return { handOver, index };
    }
  return undefined;
}
