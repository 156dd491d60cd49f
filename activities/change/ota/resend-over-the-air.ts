import { failure } from '../../../workflows/shared/failures.ts';
import type { OtaActivities } from '../../../workflows/change/ports.ts';
import { askStates, isOnItsWay, noteStates, type AskedSmsc } from '../../../services/packets/ask-states.ts';
import { findSubmissions } from '../../../services/packets/submission-history.ts';
import { submissionStored, type SubmissionDependencies } from './submit-packet.ts';
import { findPacket, submissionAccepted, writeOf } from '../../../services/packets/packet-store.ts';
import { segmentsDue } from '../../../services/packets/segments-due.ts';

export interface ResendDependencies extends SubmissionDependencies {
  /** The SMSC, where its entry allows that it is asked. */
  readonly asked?: AskedSmsc;
}

/**
 * Hands the packet that writes the subscription over once more, or what is known to be missing of it: a card that has run it refuses the
 * copy by its counter. An SMSC that may be asked, and says that it still has the packet, is handed nothing.
 */
export const resendOverTheAir =
  ({ asked, ...dependencies }: ResendDependencies): OtaActivities['resendOverTheAir'] =>
  async ({ changeId, iccid, sequence }) => {
    const { database } = dependencies;
    const id = writeOf(changeId);
    const history = await findSubmissions(database, id);
    const begun = history.submissions.filter((submission) => submission.sequence === sequence);
    if (begun.some(({ accepted }) => accepted)) return toldOf(segmentsDue(history, sequence));
    const packet = await findPacket(database, id);
    if (packet === undefined || packet.state === 'prepared')
      throw failure('INVARIANT_BROKEN', `no packet of change ${changeId} for ICCID ${iccid} may have left before`);
    if (packet.state === 'stopped')
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
    if (packet.sealed_segments === null)
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} is not kept any more: its change has its end`);
    // An attempt after one that has begun to hand over goes on with that.
    const said = asked === undefined || begun.length > 0 ? {} : await askStates(history, asked);
    const note = () => asked && noteStates(said, packet.msisdn, asked);
    if (isOnItsWay(said)) {
      await note();
      return 'stillOnItsWay';
    }
    const segments = segmentsDue({ ...history, receipts: { ...history.receipts, ...said } }, sequence);
    await submissionAccepted(database, await submissionStored(dependencies, { ...id, sequence, segments }, packet));
    // Only now: that the SMSC has given up what goes out again at this moment is no news for the change.
    await note();
    return toldOf(segments);
  };

const toldOf = (segments: readonly number[] | null) => (segments === null ? undefined : 'part');
