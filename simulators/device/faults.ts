import { z } from 'zod';
import type { CardConditions } from '../uicc/card-conditions.ts';

/** Some cards by ICCID. */
const cards = z.array(z.string());

/** What can go wrong with devices and in cards; words of the SMSC's fault plan. */
export const deviceFaultWords = {
  silentCards: z.boolean().optional(),
  wrongAdminCode: cards.optional(),
  unsignedPor: z.boolean().optional(),
  powerCutAfterWrites: z.record(z.string(), z.int().nonnegative()).optional(),
  deviceStaysOnOldNetwork: z.boolean().optional(),
  ignoreRefresh: z.union([z.boolean(), cards]).optional(),
  asleep: z.union([z.boolean(), cards]).optional(),
  users: z.record(z.string(), z.enum(['accept', 'decline', 'ignore'])).optional(),
  userAnswersAfterMs: z.int().nonnegative().optional(),
  attachAfterMs: z.int().nonnegative().optional(),
};
export type DeviceFaultPlan = z.infer<z.ZodObject<typeof deviceFaultWords>>;

/** What a device has to know of the fault plan in force. */
export interface DeviceFaults {
  readonly plan: DeviceFaultPlan;
  /** After how many writes the power of this card fails in its next script that writes; asking uses it up. */
  powerCutFor(iccid: string): number | undefined;
}

/** How the plan bends one card. */
export const conditionsOf = (faults: DeviceFaults, iccid: string): CardConditions => ({
  hasOtherAdminCode: faults.plan.wrongAdminCode?.includes(iccid) ?? false,
  unsignedPor: faults.plan.unsignedPor ?? false,
  powerCutAfterWrites: () => faults.powerCutFor(iccid),
});

/** Whether a word that names all devices, or some of them, names this one. */
export const names = (word: boolean | readonly string[] | undefined, iccid: string): boolean =>
  typeof word === 'object' ? word.includes(iccid) : word === true;
