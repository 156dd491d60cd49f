import { condition, setHandler } from '@temporalio/workflow';
import { cardAnswer, checkAnswer, probeReading, type CheckAnswer } from './card-answer.ts';
import {
  deliveryFailedSignal,
  deviceReachableSignal,
  locationUpdateSignal,
  proofOfReceiptSignal,
  type ProofOfReceipt,
} from '../shared/contract.ts';
import type { CardEvent } from './decision/card-events.ts';

/**
 * Collects what signals tell of one change, from the moment it is made, so that nothing that arrives early is lost. Delivery is at
 * least once and in any order: an event seen before, or of another change, is dropped.
 */
export class SignalInbox {
  readonly #seen = new Set<string>();
  #facts: CardEvent[] = [];
  #check: CheckAnswer | undefined;

  constructor(changeId: string) {
    // Senders choose the ids of some kinds of event, which must not hide those of another kind.
    const isNews = (kind: string, event: { readonly changeId: string; readonly eventId: string }) => {
      const id = `${kind}/${event.eventId}`;
      if (event.changeId !== changeId || this.#seen.has(id)) return false;
      this.#seen.add(id);
      return true;
    };
    setHandler(proofOfReceiptSignal, (por) => {
      if (isNews('proofOfReceipt', por)) this.#hear(por);
    });
    setHandler(locationUpdateSignal, (update) => {
      if (isNews('locationUpdate', update)) this.tell({ kind: 'woken' });
    });
    setHandler(deliveryFailedSignal, (event) => {
      if (isNews('deliveryFailed', event)) this.tell({ kind: 'deliveryFailed' });
    });
    setHandler(deviceReachableSignal, (event) => {
      if (isNews('deviceReachable', event)) this.tell({ kind: 'deviceReachable' });
    });
  }

  /** True while there are facts that nobody has taken. */
  get arrived(): boolean {
    return this.#facts.length > 0;
  }

  /** Adds a fact that no signal brings. */
  tell(fact: CardEvent): void {
    this.#facts.push(fact);
  }

  take(): readonly CardEvent[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  /** What the card said of its admin code, once it has; nothing when it stays silent for so long. */
  async awaitCheck(seconds: number): Promise<CheckAnswer | undefined> {
    await condition(() => this.#check !== undefined, `${seconds} seconds`);
    return this.#check;
  }

  #hear(por: ProofOfReceipt): void {
    if (por.purpose === 'check') {
      this.#check = checkAnswer(por) ?? this.#check;
    } else if (por.purpose === 'probe') {
      const reading = probeReading(por);
      if (reading !== undefined) this.tell({ kind: 'probeAnswered', reading });
    } else if (por.purpose === undefined || por.purpose === 'rewrite') {
      const answer = cardAnswer(por);
      if (answer === undefined) return;
      const { number = 1 } = por;
      this.tell(
        por.purpose === 'rewrite' ? { kind: 'rewriteAnswered', number, answer } : { kind: 'cardAnswered', answer },
      );
    }
  }
}
