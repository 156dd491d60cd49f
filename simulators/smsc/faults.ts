import { z } from 'zod';
import { deviceFaultWords, type DeviceFaults } from '../device/faults.ts';
import { seededRandom, shuffled, type Random } from '../support/seeded-random.ts';
import type { CommandStatusName } from './command-status.ts';

const REFUSALS = [
  'ESME_RTHROTTLED',
  'ESME_RMSGQFUL',
  'ESME_RINVDSTADR',
  'ESME_RSYSERR',
] as const satisfies readonly CommandStatusName[];

const probability = z.number().min(0).max(1);
const REORDERED_WITHIN_MS = 200;
const SECOND_MS = 1_000;

/** What goes wrong at the simulated SMSC, on its radio side and in the cards; in an empty plan nothing does. */
export const SmscFaultPlan = z.strictObject({
  seed: z.string().optional(),
  refuse: z.enum(REFUSALS).optional(),
  throttleFirst: z.int().nonnegative().optional(),
  throttleAbovePerSecond: z.int().positive().optional(),
  dataDownload: z.enum(['refused', 'stripped']).optional(),
  loseMessages: probability.optional(),
  loseReceipts: probability.optional(),
  expireParts: z.array(z.int().positive()).optional(),
  delayMs: z.int().nonnegative().optional(),
  reorder: z.boolean().optional(),
  duplicateDeliveries: z.boolean().optional(),
  messageIds: z.enum(['hexThenDecimal', 'decimalThenHex']).optional(),
  receiptForm: z.enum(['text', 'tlvs', 'wholeWords']).optional(),
  dropPor: z.boolean().optional(),
  porInReceipt: z.boolean().optional(),
  porHeader: z.enum(['unflagged', 'stripped']).optional(),
  validitySeconds: z.number().positive().max(2_000_000).optional(),
  ...deviceFaultWords,
});
export type SmscFaultPlan = z.infer<typeof SmscFaultPlan>;

/** The fault plan in force; the same plan with the same seed, after the same messages, does the same. */
export class SmscFaults implements DeviceFaults {
  readonly #defaultSeed: string;
  #plan: SmscFaultPlan = {};
  #random: Random;
  #submitsToThrottle = 0;
  #powerCuts = new Map<string, number>();
  /** When the last submits were taken, for as long as they count. */
  #taken: number[] = [];

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
    this.#powerCuts = new Map(Object.entries(plan.powerCutAfterWrites ?? {}));
    this.#taken = [];
  }

  powerCutFor(iccid: string): number | undefined {
    const writes = this.#powerCuts.get(iccid);
    this.#powerCuts.delete(iccid);
    return writes;
  }

  /** How this submit is refused, if it is; counts the submit. */
  refusesThisSubmit(now = Date.now()): CommandStatusName | undefined {
    if (this.#submitsToThrottle > 0) {
      this.#submitsToThrottle -= 1;
      return 'ESME_RTHROTTLED';
    }
    return this.#plan.refuse ?? this.#throttles(now);
  }

  losesThisMessage(): boolean {
    return this.#happens(this.#plan.loseMessages);
  }

  losesThisReceipt(): boolean {
    return this.#happens(this.#plan.loseReceipts);
  }

  /** How long a message is on its way to its device. */
  delayOfThisMessage(): number {
    return (this.#plan.delayMs ?? 0) + (this.#plan.reorder === true ? this.#random() * REORDERED_WITHIN_MS : 0);
  }

  /** The order in which things that wait go out. */
  inOrder<T>(waiting: Iterable<T>): Iterable<T> {
    return this.#plan.reorder === true ? shuffled([...waiting], this.#random) : waiting;
  }

  #throttles(now: number): CommandStatusName | undefined {
    const most = this.#plan.throttleAbovePerSecond;
    if (most === undefined) return undefined;
    this.#taken = this.#taken.filter((at) => at > now - SECOND_MS);
    if (this.#taken.length >= most) return 'ESME_RTHROTTLED';
    this.#taken.push(now);
    return undefined;
  }

  #happens(chance = 0): boolean {
    return chance > 0 && this.#random() < chance;
  }
}
