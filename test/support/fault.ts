import type { FailureCode } from '../../workflows/shared/failure-codes.ts';

/** What goes wrong at a step, for how many attempts, and whether its effect happened all the same. */
export interface Fault {
  readonly code: FailureCode;
  readonly attempts: number;
  readonly happened: boolean;
}
