import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';

const CLAUSE = '3GPP TS 33.102 C.1.1.1';
const SQN_OCTETS = 6;
/** Bits of SQN that are IND, and so the elements of the array (3GPP TS 33.102 C.3.2). */
const ELEMENTS = 2 ** 5;
/** Δ: a jump further than this would wear the counter out (3GPP TS 33.102 C.2.1, C.3). */
const LONGEST_JUMP = 2 ** 28;

/** Where a sequence number belongs: SQN is SEQ and then IND. */
export interface SequenceNumber {
  readonly seq: number;
  readonly ind: number;
}

/** The sequence numbers that a USIM has accepted, the highest of each array element (3GPP TS 33.102 C.2.2). */
export class SqnArray {
  readonly #highest = new Map<number, number>();

  /** Whether a challenge with this number is fresh: higher than its element, and no more than Δ above the highest of all. */
  accepts({ seq, ind }: SequenceNumber): boolean {
    const top = this.#top().seq;
    return seq > (this.#highest.get(ind) ?? 0) && (top === 0 || seq - top <= LONGEST_JUMP);
  }

  accept({ seq, ind }: SequenceNumber): void {
    this.#highest.set(ind, seq);
  }

  /** As in a card that has never met a network. */
  reset(): void {
    this.#highest.clear();
  }

  /** SQN_MS, which a resynchronisation tells the authentication centre: the highest that was ever accepted. */
  highest(): Uint8Array {
    const { seq, ind } = this.#top();
    return new OctetWriter().appendUint(seq * ELEMENTS + ind, SQN_OCTETS).toOctets();
  }

  #top(): SequenceNumber {
    let top: SequenceNumber = { seq: 0, ind: 0 };
    for (const [ind, seq] of this.#highest) if (seq > top.seq) top = { seq, ind };
    return top;
  }
}

/** SEQ(43 bits) IND(5 bits). */
export function sequenceNumberOf(sqn: Uint8Array): SequenceNumber {
  const value = new OctetReader(sqn, { clause: CLAUSE }).readUint(SQN_OCTETS, 'SQN');
  return { seq: Math.floor(value / ELEMENTS), ind: value % ELEMENTS };
}
