import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import { failure } from '../../workflows/failures.ts';
import { handOver, type Handing, type HandOverDependencies } from './hand-over.ts';
import { handOverAccepted, wasHandedOver, type PacketCase } from './packet-store.ts';

/** Hands over a packet that changes nothing, once for each step; one that was answered is not sent again: resolves to that answer. */
export async function sendOnce(
  dependencies: HandOverDependencies,
  handing: Handing,
  packet: PacketCase,
): Promise<ResponseStatus | null> {
  const { database } = dependencies;
  const { sequence, ...id } = handing;
  const { iccid, state, sealed_segments: segments, por_status: answer } = packet;
  if (answer !== null || (await wasHandedOver(database, id, sequence))) return answer;
  if (state === 'sent' && segments === null)
    throw failure(
      'SENDING_STOPPED',
      `the ${id.purpose} packet of ICCID ${iccid} is not kept any more: what asked for it has its end`,
    );
  await handOverAccepted(database, await handOver(dependencies, handing, packet));
  return null;
}
