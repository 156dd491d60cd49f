import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { OperatorFaultPlan } from './operator/faults.ts';
import { SmscFaultPlan } from './smsc/faults.ts';
import { messageOf } from './support/log.ts';

/** The fault plans of all simulators: operators by their id. */
export const FaultPlan = z.strictObject({
  operators: z.record(z.string(), OperatorFaultPlan).default({}),
  smsc: SmscFaultPlan.default({}),
});
export type FaultPlan = z.infer<typeof FaultPlan>;

/** Reads a fault plan from a JSON file; the error names every fault of it. */
export function readFaultPlan(path: string): FaultPlan {
  const parsed = FaultPlan.safeParse(jsonOf(path));
  if (parsed.success) return parsed.data;
  throw new Error(
    `the fault plan ${path} cannot be used; correct it and start again:\n${z.prettifyError(parsed.error)}`,
  );
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`the fault plan ${path} cannot be read; correct it and start again: ${messageOf(cause)}`, {
      cause,
    });
  }
}
