import type { Secret } from '../../telecom/secret.ts';
import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import type { SmscSession } from '../adapters/smsc/smsc-session.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../vault/vault.ts';
import { buildSegments, openSegments, sealSegments } from './build-packet.ts';
import { packetAccepted, passPivot, preparePacket, retractPivot, type PacketCase } from './packet-store.ts';

/** TP-PID (U)SIM data download and TP-DCS class 2, 8 bit (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const PROTOCOL_ID = 0x7f;
const DATA_CODING = 0xf6;
const NOT_TAKEN = new Set<string | null | undefined>(['SMSC_REFUSED', 'SMSC_THROTTLED']);

export interface OtaDependencies {
  readonly smsc: string;
  readonly session: SmscSession;
  readonly database: Database;
  readonly vault: Vault;
  /** Address that a card's answers come back to. */
  readonly sourceAddress: string;
}

/** Sends the one packet of a change: its bytes are made and stored once, and every retry hands over the same. */
export const sendOverTheAir =
  (dependencies: OtaDependencies): OtaActivities['sendOverTheAir'] =>
  async (step) => {
    const { smsc, session, database } = dependencies;
    const { changeId, iccid } = step;
    const packet = await preparePacket(database, step, smsc);
    if (packet === undefined)
      throw failure('INVARIANT_BROKEN', `ICCID ${iccid} left the registry while change ${changeId} ran`);
    if (packet.state === 'stopped')
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
    if (packet.imsi === null)
      throw failure('INVARIANT_BROKEN', `change ${changeId} of ICCID ${iccid} has no reserved subscriber`);
    if (packet.message_ids.length === 0) {
      session.requireBind();
      const { segments, firstTry } = await segmentsToSend(dependencies, changeId, packet);
      const messageIds = await handOver(dependencies, { segments, msisdn: packet.msisdn }, async () => {
        if (firstTry) await retractPivot(database, changeId);
      });
      await packetAccepted(database, step, { messageIds, smsc, targetImsi: packet.imsi });
    }
    return { cntr: packet.cntr };
  };

/** The stored bytes of an earlier attempt, or new ones, stored by passing the pivot. */
async function segmentsToSend({ database, vault }: OtaDependencies, changeId: string, packet: PacketCase) {
  if (packet.state === 'sent' && packet.sealed_segments !== null) {
    return { segments: await openSegments(changeId, packet.sealed_segments, vault), firstTry: false };
  }
  const segments =
    packet.sealed_segments === null
      ? await buildSegments(changeId, packet, vault)
      : await openSegments(changeId, packet.sealed_segments, vault);
  const passed = await passPivot(database, changeId, await sealSegments(changeId, segments, vault));
  if (!passed)
    throw failure(
      'SMSC_UNREACHABLE',
      `another attempt to send to ICCID ${packet.iccid} overtook this one; it is asked again`,
    );
  return { segments, firstTry: true };
}

async function handOver(
  { session, sourceAddress }: OtaDependencies,
  packet: { readonly segments: Secret<readonly string[]>; readonly msisdn: string },
  onNothingTaken: () => Promise<void>,
): Promise<string[]> {
  const messageIds: string[] = [];
  for (const userData of packet.segments.reveal()) {
    try {
      messageIds.push(
        await session.submit({
          source: sourceAddress,
          destination: packet.msisdn,
          protocolId: PROTOCOL_ID,
          dataCoding: DATA_CODING,
          userData,
        }),
      );
    } catch (cause) {
      if (messageIds.length === 0 && cause instanceof Error && 'type' in cause && NOT_TAKEN.has(cause.type as string))
        await onNothingTaken();
      throw cause;
    }
  }
  return messageIds;
}
