import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities } from '../../../workflows/change/ports.ts';
import type { SubmissionDependencies } from './submit-packet.ts';
import { prepareRefresh, refreshOf } from '../../../services/packets/packet-store.ts';
import { sendOnce } from './send-once.ts';

/** Has a card that was written ask its device once more to read it anew, or sends the same packet again. */
export const refreshDevice =
  (dependencies: SubmissionDependencies): OtaActivities['refreshDevice'] =>
  async (step) => {
    const { changeId, iccid, sequence, number } = step;
    const packet = await prepareRefresh(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    await sendOnce(dependencies, { ...refreshOf(changeId, number), sequence }, packet);
  };
