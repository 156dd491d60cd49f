import { ApplicationFailure } from '@temporalio/common';
import type { Secret } from '../../telecom/secret.ts';
import type { FailureCode } from '../../workflows/failure-codes.ts';
import { failure } from '../../workflows/failures.ts';
import type { OtaActivities } from '../../workflows/ports.ts';
import type { Submit } from '../adapters/smsc/protocol.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../vault/vault.ts';
import { buildSegments, openSegments, sealSegments } from './build-packet.ts';
import {
  handOverAgain,
  packetAccepted,
  passPivot,
  preparePacket,
  retractPivot,
  type PacketCase,
} from './packet-store.ts';

/** TP-PID (U)SIM data download and TP-DCS class 2, 8 bit (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const PROTOCOL_ID = 0x7f;
const DATA_CODING = 0xf6;
/** What the SMSC says of a segment that it has surely not taken. */
const NOT_TAKEN = new Set<string | null | undefined>(['SMSC_REFUSED', 'SMSC_THROTTLED'] satisfies FailureCode[]);

/** The bind to an SMSC, as far as sending needs it. */
export interface Submitter {
  /** Throws SMSC_UNREACHABLE when no bind is up. */
  requireBind(): void;
  /** Resolves to the message id. SMSC_REFUSED and SMSC_THROTTLED say that the segment was not taken, SMSC_UNREACHABLE that it may have been. */
  submit(segment: Submit): Promise<string>;
}

export interface OtaDependencies {
  readonly smsc: string;
  readonly session: Submitter;
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
    if (packet.state === 'stopped' || packet.cntr === null)
      throw failure('SENDING_STOPPED', `the packet for ICCID ${iccid} was stopped before it was sent`);
    if (packet.imsi === null)
      throw failure('INVARIANT_BROKEN', `change ${changeId} of ICCID ${iccid} has no reserved subscriber`);
    if (packet.message_ids.length === 0) {
      session.requireBind();
      const { segments, onNothingTaken } = await segmentsToSend(dependencies, changeId, packet);
      const messageIds = await handOver(dependencies, { segments, msisdn: packet.msisdn }, onNothingTaken);
      await packetAccepted(database, step, { messageIds, smsc, targetImsi: packet.imsi });
    }
    return { cntr: packet.cntr };
  };

/** What is handed over, and what is to be done when the SMSC takes nothing of it. */
interface HandOver {
  readonly segments: Secret<readonly string[]>;
  readonly onNothingTaken: () => Promise<void>;
}

/** The stored bytes of an earlier attempt, or new ones, stored by passing the pivot. */
async function segmentsToSend(
  { database, vault }: OtaDependencies,
  changeId: string,
  packet: PacketCase,
): Promise<HandOver> {
  const segments =
    packet.sealed_segments === null
      ? await buildSegments(changeId, packet, vault)
      : await openSegments(changeId, packet.sealed_segments, vault);
  const isFirst = packet.state === 'prepared';
  const handOver = isFirst
    ? await passPivot(database, changeId, await sealSegments(changeId, segments, vault))
    : await handOverAgain(database, changeId);
  if (handOver === undefined)
    throw failure(
      'SMSC_UNREACHABLE',
      `another attempt to send to ICCID ${packet.iccid} overtook this one; it is asked again`,
    );
  return {
    segments,
    // An earlier hand-over whose answer was lost may have been taken, whatever the SMSC says of this one.
    onNothingTaken: () => (isFirst ? retractPivot(database, changeId, handOver) : Promise.resolve()),
  };
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
      if (messageIds.length === 0 && wasNotTaken(cause)) await onNothingTaken();
      throw cause;
    }
  }
  return messageIds;
}

const wasNotTaken = (cause: unknown): boolean => cause instanceof ApplicationFailure && NOT_TAKEN.has(cause.type);
