import type { CardFact } from './facts.ts';

/** How a fault plan bends a card while it takes one message. */
export interface CardConditions {
  /** The card has another admin code than the registry. */
  readonly hasOtherAdminCode: boolean;
  /** The card signs none of its proofs. */
  readonly unsignedPor: boolean;
  /** After how many writes of this script the power fails, if it does; asked before the first one, which uses it up. */
  readonly powerCutAfterWrites: () => number | undefined;
}

export const NOTHING_WRONG: CardConditions = {
  hasOtherAdminCode: false,
  unsignedPor: false,
  powerCutAfterWrites: () => undefined,
};

/** The power failed while a script ran: what was written stays, nothing is answered. */
export class PowerLost extends Error {
  override readonly name = 'PowerLost';
}

/** What one script made true, in order; fails like the power where the plan says so. */
export class ScriptFacts {
  #facts: CardFact[] = [];
  readonly #conditions: CardConditions;
  #writesUntilCut: number | undefined;
  #writes = 0;

  constructor(conditions: CardConditions) {
    this.#conditions = conditions;
  }

  get facts(): readonly CardFact[] {
    return this.#facts;
  }

  get writes(): number {
    return this.#writes;
  }

  /** Goes on after a pause, in which what came before was put down. */
  goOn(): void {
    this.#facts = [];
  }

  /** Notes what is no write. */
  add(...facts: readonly CardFact[]): void {
    this.#facts.push(...facts);
  }

  /** Does one write, unless the power is gone before it; the power may also go right behind it. */
  write(fact: CardFact): void {
    if (this.#writes === 0) this.#writesUntilCut = this.#conditions.powerCutAfterWrites();
    this.#failWhereDue();
    this.#facts.push(fact);
    this.#writes += 1;
    this.#failWhereDue();
  }

  #failWhereDue(): void {
    if (this.#writes === this.#writesUntilCut) throw new PowerLost('the power failed between two writes');
  }
}
