import { failure } from '../../../workflows/shared/failures.ts';
import type { TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import type { OperatorDependencies } from './dependencies.ts';

/** Nothing is promised: another change may take the last one before this one reserves. */
export const askPool =
  ({ operator, gateway }: OperatorDependencies): TargetOperatorActivities['askPool'] =>
  async ({ iccid }) => {
    const { free, size } = await gateway.pool();
    if (free === 0)
      throw failure(
        'IMSI_POOL_EMPTY',
        `${operator} has none of its ${String(size)} IMSIs left for ICCID ${iccid}; nobody was asked for anything`,
      );
  };
