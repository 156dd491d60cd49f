import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import type { HandOverDependencies } from './hand-over.ts';
import { prepareRewrite, rewriteOf } from './packet-store.ts';
import { sendOnce } from './send-once.ts';

/** Writes a torn card again, or sends the same packet again; one that was answered is not sent again. */
export const rewriteCard =
  (dependencies: HandOverDependencies): OtaActivities['rewriteCard'] =>
  async (step) => {
    const { changeId, iccid, sequence, number } = step;
    const packet = await prepareRewrite(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    const status = await sendOnce(dependencies, { ...rewriteOf(changeId, number), sequence }, packet);
    const { por_status_word: statusWord } = packet;
    return status === null ? {} : { answer: { status, ...(statusWord !== null && { statusWord }) } };
  };
