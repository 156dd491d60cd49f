import { timingSafeEqual } from 'node:crypto';
import type { CardConditions } from './card-conditions.ts';
import type { CardMemory } from './card-memory.ts';
import { ADMIN_CODE_TRIES } from './card-memory.ts';
import type { CardFact } from './facts.ts';
import { STATUS_WORD, triesLeftWord } from './status-word.ts';

/** Compares admin codes within one script; a wrong one costs a try, the right one gives all tries back. */
export class AdminCode {
  readonly #memory: CardMemory;
  readonly #hasOtherCode: boolean;
  #triesLeft: number;

  constructor(memory: CardMemory, { hasOtherAdminCode }: CardConditions) {
    this.#memory = memory;
    this.#hasOtherCode = hasOtherAdminCode;
    this.#triesLeft = memory.triesLeft;
  }

  /** How many tries are left, as a status word. */
  get tries(): string {
    return this.#triesLeft === 0 ? STATUS_WORD.adminCodeBlocked : triesLeftWord(this.#triesLeft);
  }

  compare(presented: Uint8Array): { readonly statusWord: string; readonly facts: readonly CardFact[] } {
    const { iccid, adminCode } = this.#memory.factory;
    if (this.#triesLeft === 0) return { statusWord: STATUS_WORD.adminCodeBlocked, facts: [] };
    const own = adminCode.reveal();
    const isRight = !this.#hasOtherCode && presented.length === own.length && timingSafeEqual(presented, own);
    if (isRight) {
      const hadAll = this.#triesLeft === ADMIN_CODE_TRIES;
      this.#triesLeft = ADMIN_CODE_TRIES;
      return { statusWord: STATUS_WORD.ok, facts: hadAll ? [] : [{ kind: 'adminCodeAccepted', iccid }] };
    }
    this.#triesLeft -= 1;
    return {
      statusWord: triesLeftWord(this.#triesLeft),
      facts: [{ kind: 'adminCodeRefused', iccid, triesLeft: this.#triesLeft }],
    };
  }
}
