import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import { findHandOvers } from './hand-over-history.ts';
import { handOverStored, type HandOverDependencies } from './hand-over.ts';
import { findPacket, handOverAccepted, writeOf } from './packet-store.ts';
import { segmentsDue } from './segments-due.ts';

/**
 * Hands the packet that writes the subscription over once more, or what is known to be missing of it: a card that has run it refuses the
 * copy by its counter.
 */
export const resendOverTheAir =
  (dependencies: HandOverDependencies): OtaActivities['resendOverTheAir'] =>
  async ({ changeId, iccid, sequence }) => {
    const { database } = dependencies;
    const id = writeOf(changeId);
    const history = await findHandOvers(database, id);
    const segments = segmentsDue(history, sequence);
    const told = segments === null ? undefined : ('part' as const);
    if (history.handOvers.some((handOver) => handOver.sequence === sequence && handOver.accepted)) return told;
    const packet = await findPacket(database, id);
    if (packet === undefined || packet.state === 'prepared')
      throw failure('INVARIANT_BROKEN', `no packet of change ${changeId} for ICCID ${iccid} may have left before`);
    if (packet.state === 'stopped')
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
    if (packet.sealed_segments === null)
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} is not kept any more: its change has its end`);
    await handOverAccepted(database, await handOverStored(dependencies, { ...id, sequence, segments }, packet));
    return told;
  };
