import { failure } from '../../workflows/failures.ts';
import type { OtaActivities, ProbeAnswer, Step } from '../../workflows/ports.ts';
import type { CardAskingActivities } from '../../workflows/reading-ports.ts';
import { handOver, type HandOverDependencies } from './hand-over.ts';
import {
  handOverAccepted,
  prepareProbe,
  prepareReading,
  probeOf,
  wasHandedOver,
  type PacketCase,
} from './packet-store.ts';

/** Sends a probe, or the same one again; one that was answered is not sent again. */
export const probeCard =
  (dependencies: HandOverDependencies): OtaActivities['probeCard'] =>
  async (step) => {
    const { changeId, iccid } = step;
    const packet = await prepareProbe(dependencies.database, step);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    return sendProbe(dependencies, step, packet);
  };

/** The same while the card is not being changed. */
export const askCard =
  (dependencies: HandOverDependencies): CardAskingActivities['askCard'] =>
  async (question) => {
    const { readingId: changeId, iccid, number } = question;
    const packet = await prepareReading(dependencies.database, question);
    if (packet === undefined) throw failure('CANCELLED', `ICCID ${iccid} is not asked: it is being changed by now`);
    const { answer } = await sendProbe(dependencies, { ...{ changeId, iccid, number }, sequence: number }, packet);
    return { answered: answer !== undefined };
  };

async function sendProbe(
  dependencies: HandOverDependencies,
  { changeId, iccid, sequence, number }: Omit<Step, 'iccid'> & { readonly iccid: string; readonly number: number },
  packet: PacketCase,
): Promise<{ readonly answer?: ProbeAnswer }> {
  const { database } = dependencies;
  const answer = answerOf(packet);
  if (answer !== undefined) return { answer };
  const id = probeOf(changeId, number);
  if (await wasHandedOver(database, id, sequence)) return {};
  if (packet.state === 'sent' && packet.sealed_segments === null)
    throw failure('SENDING_STOPPED', `the probe of ICCID ${iccid} is not kept any more: what asked for it has its end`);
  await handOverAccepted(database, await handOver(dependencies, { ...id, sequence }, packet));
  return {};
}

function answerOf({
  por_status: status,
  por_status_word: statusWord,
  por_holds: holds,
}: PacketCase): ProbeAnswer | undefined {
  if (status === null) return undefined;
  return { status, ...(statusWord !== null && { statusWord }), ...(holds !== null && { holds }) };
}
