import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { Plan } from './plan.ts';

type Purpose = 'write' | 'rewrite' | 'probe';

interface Packet {
  readonly purpose: Purpose;
  readonly counter: number;
  /** Of one by which a torn card is written again, over the network of the target. */
  readonly number?: number;
}

/** Of several things on their way, the newest or the oldest. */
interface Which {
  readonly newest: boolean;
}

/**
 * A card, with what is on its way to it and from it. Counters are those of TS 102 225 §5.1.4: it runs no packet whose counter is not
 * above all that it has run.
 */
export class Card {
  /** What it holds; a torn one has the new IMSI with the old key. */
  holds: 'source' | 'target' | 'torn' = 'source';
  /** The power fails as soon as the card has taken the counter of the next packet. */
  powerFails = false;
  readonly plan: Plan;
  #counter: number;
  readonly #onTheWay: Packet[] = [{ purpose: 'write', counter: 1 }];
  /** By purpose and number: one that could not be sent goes out under the counter that it has. */
  readonly #counters = new Map<string, number>();
  #lastCounter = 1;
  readonly #answers: CardEvent[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.#counter = plan.counterAhead;
  }

  /** The counter of a packet, which it has from then on, sent or not. */
  counterOf(purpose: 'rewrite' | 'probe', number: number): number {
    const name = `${purpose}/${String(number)}`;
    const counter = this.#counters.get(name) ?? this.#lastCounter + 16 * 2 ** (number - 1);
    this.#counters.set(name, counter);
    this.#lastCounter = Math.max(this.#lastCounter, counter);
    return counter;
  }

  send(packet: Packet): void {
    this.#onTheWay.push(packet);
  }

  /** One packet on its way over this network reaches the card; a copy may stay on its way. */
  deliver({ newest, keepCopy, at }: Which & { readonly keepCopy: boolean; readonly at: 'target' | 'source' }): void {
    const here = this.#onTheWay.filter(({ purpose }) => (purpose === 'rewrite') === (at === 'target'));
    const packet = newest ? here.at(-1) : here[0];
    if (packet === undefined) return;
    if (!keepCopy) this.#onTheWay.splice(this.#onTheWay.indexOf(packet), 1);
    const { purpose, counter, number = 1 } = packet;
    if (counter <= this.#counter) {
      this.#answers.push(purpose === 'rewrite' ? { kind: 'rewriteAnswered', number, answer: LOW } : TOO_LOW[purpose]);
      return;
    }
    this.#counter = counter;
    if (this.powerFails) this.powerFails = false;
    else if (purpose === 'probe') this.#answers.push({ kind: 'probeAnswered', reading: this.#reading });
    else if (purpose === 'write') this.#take();
    else this.#takeAgain(number);
  }

  get #reading(): Extract<CardEvent, { kind: 'probeAnswered' }>['reading'] {
    const { readBack } = this.plan;
    if (readBack === undefined) return { kind: 'alive' };
    if (this.holds !== 'source') return { kind: 'holds', subscription: 'target' };
    return readBack === 'proves' ? { kind: 'holds', subscription: 'source' } : { kind: 'alive' };
  }

  #take(): void {
    const answer = (fact: Extract<CardEvent, { kind: 'cardAnswered' }>['answer']) =>
      this.#answers.push({ kind: 'cardAnswered', answer: fact });
    switch (this.plan.card) {
      case 'takes':
        this.holds = 'target';
        answer({ kind: 'executed' });
        return;
      case 'refuses':
        answer({ kind: 'refused', code: 'ADMIN_CODE_WRONG', message: '63c2' });
        return;
      case 'tears':
        this.holds = 'torn';
        return;
      case 'stopsPartWay':
        this.holds = 'torn';
        answer({ kind: 'unclear', code: 'CARD_STATUS_WORD', message: '6f00' });
    }
  }

  /** The power stays on this time. */
  #takeAgain(number: number): void {
    const refused = { kind: 'refused', code: 'ADMIN_CODE_WRONG', message: '63c2' } as const;
    if (this.plan.card !== 'refuses') this.holds = 'target';
    const answer = this.plan.card === 'refuses' ? refused : ({ kind: 'executed' } as const);
    this.#answers.push({ kind: 'rewriteAnswered', number, answer });
  }

  /** One answer arrives; it may come again. */
  answer({ newest, again }: Which & { readonly again: boolean }): CardEvent | undefined {
    const answer = newest ? this.#answers.at(-1) : this.#answers[0];
    if (answer !== undefined && !again) this.#answers.splice(this.#answers.indexOf(answer), 1);
    return answer;
  }

  loseAnswers(): void {
    this.#answers.length = 0;
  }

  /** Nothing on its way arrives any more; resolves to whether the packet that writes was among it. */
  losePackets(): boolean {
    return this.#onTheWay.splice(0).some(({ purpose }) => purpose === 'write');
  }

  /** Whether a packet on its way would still have it hold the new subscription. */
  get mayStillTake(): boolean {
    const isOnItsWay = this.#onTheWay.some(({ purpose, counter }) => purpose !== 'probe' && counter > this.#counter);
    return isOnItsWay && this.holds === 'source' && this.plan.card !== 'refuses';
  }
}

const LOW = { kind: 'unclear', code: 'POR_CNTR_LOW', message: 'cntrLow' } as const;
const TOO_LOW: Readonly<Record<Exclude<Purpose, 'rewrite'>, CardEvent>> = {
  write: { kind: 'cardAnswered', answer: LOW },
  probe: { kind: 'probeAnswered', reading: { kind: 'counterTooLow' } },
};
