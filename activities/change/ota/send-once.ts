import type { ResponseStatus } from '../../../telecom/ota/response-status.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import { submitPacket, type Handing, type SubmissionDependencies } from './submit-packet.ts';
import { submissionAccepted, wasSubmitted, type PacketCase } from '../../../services/packets/packet-store.ts';

/** Hands over a packet that changes nothing, once for each step; one that was answered is not sent again: resolves to that answer. */
export async function sendOnce(
  dependencies: SubmissionDependencies,
  handing: Handing,
  packet: PacketCase,
): Promise<ResponseStatus | null> {
  const { database } = dependencies;
  const { sequence, ...id } = handing;
  const { iccid, state, sealed_segments: segments, por_status: answer } = packet;
  if (answer !== null || (await wasSubmitted(database, id, sequence))) return answer;
  if (state === 'sent' && segments === null)
    throw failure(
      'SENDING_STOPPED',
      `the ${id.purpose} packet of ICCID ${iccid} is not kept any more: what asked for it has its end`,
    );
  await submissionAccepted(database, await submitPacket(dependencies, handing, packet));
  return null;
}
