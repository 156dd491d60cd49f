import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities } from '../../../workflows/change/ports.ts';
import type { SubmissionDependencies } from './submit-packet.ts';
import { prepareRewrite, rewriteOf } from '../../../services/packets/packet-store.ts';
import { sendOnce } from './send-once.ts';

/** Writes a torn card again, or sends the same packet again; one that was answered is not sent again. */
export const rewriteCard =
  (dependencies: SubmissionDependencies): OtaActivities['rewriteCard'] =>
  async (step) => {
    const { changeId, iccid, sequence, number } = step;
    const packet = await prepareRewrite(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    const status = await sendOnce(dependencies, { ...rewriteOf(changeId, number), sequence }, packet);
    const { por_status_word: statusWord } = packet;
    return status === null ? {} : { answer: { status, ...(statusWord !== null && { statusWord }) } };
  };
