import { z } from 'zod';
import { seededRandom, type Random } from '../support/seeded-random.ts';
import type { CommandStatusName } from './command-status.ts';

const REFUSALS = [
  'ESME_RTHROTTLED',
  'ESME_RMSGQFUL',
  'ESME_RINVDSTADR',
  'ESME_RSYSERR',
] as const satisfies readonly CommandStatusName[];

/** What goes wrong at the simulated SMSC, on its radio side and in the cards; in an empty plan nothing does. */
export const SmscFaultPlan = z.strictObject({
  seed: z.string().optional(),
  refuse: z.enum(REFUSALS).optional(),
  throttleFirst: z.int().nonnegative().optional(),
  loseMessages: z.number().min(0).max(1).optional(),
  silentCards: z.boolean().optional(),
  wrongAdminCode: z.array(z.string()).optional(),
  delayMs: z.int().nonnegative().optional(),
  duplicateDeliveries: z.boolean().optional(),
  unsignedPor: z.boolean().optional(),
  dropPor: z.boolean().optional(),
  deviceStaysOnOldNetwork: z.boolean().optional(),
  attachAfterMs: z.int().nonnegative().optional(),
  validitySeconds: z.number().positive().max(2_000_000).optional(),
});
export type SmscFaultPlan = z.infer<typeof SmscFaultPlan>;

/** The fault plan in force; the same plan with the same seed, after the same messages, does the same. */
export class SmscFaults {
  readonly #defaultSeed: string;
  #plan: SmscFaultPlan = {};
  #random: Random;
  #submitsToThrottle = 0;

  constructor(defaultSeed: string, plan: SmscFaultPlan = {}) {
    this.#defaultSeed = defaultSeed;
    this.#random = seededRandom(defaultSeed);
    this.replace(plan);
  }

  get plan(): SmscFaultPlan {
    return this.#plan;
  }

  replace(plan: SmscFaultPlan): void {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed ?? this.#defaultSeed);
    this.#submitsToThrottle = plan.throttleFirst ?? 0;
  }

  /** How this submit is refused, if it is; counts the submit. */
  refusesThisSubmit(): CommandStatusName | undefined {
    if (this.#submitsToThrottle > 0) {
      this.#submitsToThrottle -= 1;
      return 'ESME_RTHROTTLED';
    }
    return this.#plan.refuse;
  }

  losesThisMessage(): boolean {
    const probability = this.#plan.loseMessages ?? 0;
    return probability > 0 && this.#random() < probability;
  }
}
