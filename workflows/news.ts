import { condition, setHandler } from '@temporalio/workflow';
import { cardAnswer, checkAnswer, probeReading, type CheckAnswer } from './card-answer.ts';
import {
  deliveryFailedSignal,
  deviceReachableSignal,
  locationUpdateSignal,
  proofOfReceiptSignal,
  type ProofOfReceipt,
} from './contract.ts';
import type { Fact } from './decision/facts.ts';

/**
 * Collects what signals tell of one change, from the moment it is made, so that nothing that arrives early is lost. Delivery is at
 * least once and in any order: an event seen before, or of another change, is dropped.
 */
export class News {
  readonly #seen = new Set<string>();
  #facts: Fact[] = [];
  #check: CheckAnswer | undefined;

  constructor(changeId: string) {
    const isNews = (event: { readonly changeId: string; readonly eventId: string }) => {
      if (event.changeId !== changeId || this.#seen.has(event.eventId)) return false;
      this.#seen.add(event.eventId);
      return true;
    };
    setHandler(proofOfReceiptSignal, (por) => {
      if (isNews(por)) this.#hear(por);
    });
    setHandler(locationUpdateSignal, (update) => {
      if (isNews(update)) this.tell({ kind: 'woken' });
    });
    setHandler(deliveryFailedSignal, (event) => {
      if (isNews(event)) this.tell({ kind: 'deliveryFailed' });
    });
    setHandler(deviceReachableSignal, (event) => {
      if (isNews(event)) this.tell({ kind: 'deviceReachable' });
    });
  }

  /** True while there are facts that nobody has taken. */
  get arrived(): boolean {
    return this.#facts.length > 0;
  }

  /** Adds a fact that no signal brings. */
  tell(fact: Fact): void {
    this.#facts.push(fact);
  }

  take(): readonly Fact[] {
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
    } else {
      const answer = cardAnswer(por);
      if (answer !== undefined) this.tell({ kind: 'cardAnswered', answer });
    }
  }
}
