import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import type { HandOverDependencies } from './hand-over.ts';
import { prepareRefresh, refreshOf } from './packet-store.ts';
import { sendOnce } from './send-once.ts';

/** Has a card that was written ask its device once more to read it anew, or sends the same packet again. */
export const refreshDevice =
  (dependencies: HandOverDependencies): OtaActivities['refreshDevice'] =>
  async (step) => {
    const { changeId, iccid, sequence, number } = step;
    const packet = await prepareRefresh(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    await sendOnce(dependencies, { ...refreshOf(changeId, number), sequence }, packet);
  };
