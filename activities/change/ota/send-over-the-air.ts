import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities, Step } from '../../../workflows/change/ports.ts';
import { submitPacket, type SubmissionDependencies } from './submit-packet.ts';
import {
  checkOf,
  submissionAccepted,
  packetAccepted,
  preparePacket,
  writeOf,
  type PacketCase,
} from '../../../services/packets/packet-store.ts';

export type OtaDependencies = SubmissionDependencies & { readonly smsc: string };

/** Sends the packet that writes the subscription: its bytes are made and stored once, and every retry hands over the same. */
export const sendOverTheAir =
  (dependencies: OtaDependencies): OtaActivities['sendOverTheAir'] =>
  async (step) => {
    const { smsc, database } = dependencies;
    const { changeId, iccid } = step;
    const packet = await prepared(dependencies, step, 'write');
    if (packet.imsi === null)
      throw failure('INVARIANT_BROKEN', `change ${changeId} of ICCID ${iccid} has no reserved subscriber`);
    if (packet.message_ids.length === 0) {
      const accepted = await submitPacket(dependencies, { ...writeOf(changeId), sequence: step.sequence }, packet);
      await packetAccepted(database, step, { ...accepted, smsc, targetImsi: packet.imsi });
    }
  };

/** Sends the packet that only proves the admin code, in the same way; a question that was answered is not asked again. */
export const checkAdminCode =
  (dependencies: OtaDependencies): OtaActivities['checkAdminCode'] =>
  async (step) => {
    const { changeId, sequence } = step;
    const packet = await prepared(dependencies, step, 'check');
    if (packet.message_ids.length === 0) {
      const accepted = await submitPacket(dependencies, { ...checkOf(changeId), sequence }, packet);
      await submissionAccepted(dependencies.database, accepted);
    }
    const { por_status: status, por_status_word: statusWord } = packet;
    return status === null ? {} : { answer: { status, ...(statusWord !== null && { statusWord }) } };
  };

async function prepared(
  { smsc, database }: OtaDependencies,
  step: Step,
  purpose: 'check' | 'write',
): Promise<PacketCase> {
  const { changeId, iccid } = step;
  const packet = await preparePacket(database, step, { purpose, smsc });
  if (packet === undefined)
    throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
  if (packet.state === 'stopped')
    throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
  return packet;
}
