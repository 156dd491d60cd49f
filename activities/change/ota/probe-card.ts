import type { ResponseStatus } from '../../../telecom/ota/response-status.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities, ProbeAnswer, Step } from '../../../workflows/change/ports.ts';
import type { CardAskingActivities } from '../../../workflows/reading/ports.ts';
import type { SubmissionDependencies } from './submit-packet.ts';
import { prepareProbe, prepareReading, probeOf, type PacketCase } from '../../../services/packets/packet-store.ts';
import { sendOnce } from './send-once.ts';

/** Sends a probe, or the same one again; one that was answered is not sent again. */
export const probeCard =
  (dependencies: SubmissionDependencies): OtaActivities['probeCard'] =>
  async (step) => {
    const { changeId, iccid } = step;
    const packet = await prepareProbe(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    return sendProbe(dependencies, step, packet);
  };

/** The same while the card is not being changed. */
export const askCard =
  (dependencies: SubmissionDependencies): CardAskingActivities['askCard'] =>
  async (question) => {
    const { readingId: changeId, iccid, number } = question;
    const packet = await prepareReading(dependencies.database, question);
    if (packet === undefined) throw failure('CANCELLED', `ICCID ${iccid} is not asked: it is being changed by now`);
    const { answer } = await sendProbe(dependencies, { changeId, number, sequence: number }, packet);
    return { answered: answer !== undefined };
  };

async function sendProbe(
  dependencies: SubmissionDependencies,
  { changeId, sequence, number }: Pick<Step, 'changeId' | 'sequence'> & { readonly number: number },
  packet: PacketCase,
): Promise<{ readonly answer?: ProbeAnswer }> {
  const status = await sendOnce(dependencies, { ...probeOf(changeId, number), sequence }, packet);
  return status === null ? {} : { answer: answerOf(status, packet) };
}

const answerOf = (
  status: ResponseStatus,
  { por_status_word: statusWord, por_holds: holds }: PacketCase,
): ProbeAnswer & { readonly statusWord?: string } => ({
  status,
  ...(statusWord !== null && { statusWord }),
  ...(holds !== null && { holds }),
});
