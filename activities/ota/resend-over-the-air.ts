import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import { askStates, isOnItsWay, noteStates, type AskedSmsc } from './ask-states.ts';
import { findHandOvers } from './hand-over-history.ts';
import { handOverStored, type HandOverDependencies } from './hand-over.ts';
import { findPacket, handOverAccepted, writeOf } from './packet-store.ts';
import { segmentsDue } from './segments-due.ts';

export interface ResendDependencies extends HandOverDependencies {
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
    const history = await findHandOvers(database, id);
    const begun = history.handOvers.filter((handOver) => handOver.sequence === sequence);
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
    await handOverAccepted(database, await handOverStored(dependencies, { ...id, sequence, segments }, packet));
    // Only now: that the SMSC has given up what goes out again at this moment is no news for the change.
    await note();
    return toldOf(segments);
  };

const toldOf = (segments: readonly number[] | null) => (segments === null ? undefined : 'part');
