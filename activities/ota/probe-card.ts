import { failure } from '../../workflows/failures.ts';
import type { OtaActivities, ProbeAnswer } from '../../workflows/ports.ts';
import { handOver, type HandOverDependencies } from './hand-over.ts';
import { handOverAccepted, prepareProbe, probeOf, wasHandedOver, type PacketCase } from './packet-store.ts';

/** Sends a probe, or the same one again; one that was answered is not sent again. */
export const probeCard =
  (dependencies: HandOverDependencies): OtaActivities['probeCard'] =>
  async (step) => {
    const { database } = dependencies;
    const { changeId, iccid, sequence, number } = step;
    const packet = await prepareProbe(database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    const answer = answerOf(packet);
    if (answer !== undefined) return { answer };
    const id = probeOf(changeId, number);
    if (await wasHandedOver(database, id, sequence)) return {};
    if (packet.state === 'sent' && packet.sealed_segments === null)
      throw failure('SENDING_STOPPED', `the probe of ICCID ${iccid} is not kept any more: its change has its end`);
    await handOverAccepted(database, await handOver(dependencies, { ...id, sequence }, packet));
    return {};
  };

function answerOf({
  por_status: status,
  por_status_word: statusWord,
  por_holds: holds,
}: PacketCase): ProbeAnswer | undefined {
  if (status === null) return undefined;
  return { status, ...(statusWord !== null && { statusWord }), ...(holds !== null && { holds }) };
}
