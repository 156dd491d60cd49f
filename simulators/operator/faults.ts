import { z } from 'zod';
import { seededRandom, type Random } from '../support/seeded-random.ts';
import { CONSENT_DECISIONS, RegistrationRefusal, type ConsentDecision } from './facts.ts';

/** What goes wrong at a simulated operator; an empty plan is an operator where nothing does. */
export const OperatorFaultPlan = z.strictObject({
  seed: z.string().optional(),
  down: z.boolean().optional(),
  downFor: z.strictObject({ calls: z.int().nonnegative() }).optional(),
  poolEmpty: z.boolean().optional(),
  consent: z.enum(CONSENT_DECISIONS).optional(),
  releaseRefused: z.boolean().optional(),
  refuseUpdates: RegistrationRefusal.optional(),
  loseAnswers: z.strictObject({ probability: z.number().min(0).max(1) }).optional(),
  delayMs: z.int().nonnegative().optional(),
  duplicateEvents: z.boolean().optional(),
  reorderEvents: z.boolean().optional(),
  holdEvents: z.boolean().optional(),
});
export type OperatorFaultPlan = z.infer<typeof OperatorFaultPlan>;

/** The fault plan in force; the same plan with the same seed, after the same calls, does the same. */
export class OperatorFaults {
  readonly #defaultSeed: string;
  #plan: OperatorFaultPlan = {};
  #random: Random;
  #callsToFail = 0;

  constructor(defaultSeed: string, plan: OperatorFaultPlan = {}) {
    this.#defaultSeed = defaultSeed;
    this.#random = seededRandom(defaultSeed);
    this.replace(plan);
  }

  get plan(): OperatorFaultPlan {
    return this.#plan;
  }

  get random(): Random {
    return this.#random;
  }

  get consent(): ConsentDecision {
    return this.#plan.consent ?? 'granted';
  }

  replace(plan: OperatorFaultPlan): void {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed ?? this.#defaultSeed);
    this.#callsToFail = plan.downFor?.calls ?? 0;
  }

  /** Whether this provisioning call finds the HLR down; counts the call. */
  failsThisCall(): boolean {
    if (this.#callsToFail > 0) {
      this.#callsToFail -= 1;
      return true;
    }
    return this.#plan.down === true;
  }

  losesThisAnswer(): boolean {
    const probability = this.#plan.loseAnswers?.probability ?? 0;
    return probability > 0 && this.#random() < probability;
  }
}
