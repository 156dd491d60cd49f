import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities } from '../../../workflows/change/ports.ts';
import { submissionStored, type SubmissionDependencies } from './submit-packet.ts';
import { findPacket, submissionAccepted, wasSubmitted, writeOf } from '../../../services/packets/packet-store.ts';

/** Submits the packet that writes the subscription once more: a card that has run it refuses the copy by its counter. */
export const resendOverTheAir =
  (dependencies: SubmissionDependencies): OtaActivities['resendOverTheAir'] =>
  async ({ changeId, iccid, sequence }) => {
    const { database } = dependencies;
    const id = writeOf(changeId);
    if (await wasSubmitted(database, id, sequence)) return;
    const packet = await findPacket(database, id);
    if (packet === undefined || packet.state === 'prepared')
      throw failure('INVARIANT_BROKEN', `no packet of change ${changeId} for ICCID ${iccid} may have left before`);
    if (packet.state === 'stopped')
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
    if (packet.sealed_segments === null)
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} is not kept any more: its change has its end`);
    await submissionAccepted(database, await submissionStored(dependencies, { ...id, sequence }, packet));
  };
