import { ApplicationFailure } from '@temporalio/common';
import type { Secret } from '../../telecom/secret.ts';
import type { FailureCode } from '../../workflows/failure-codes.ts';
import { failure } from '../../workflows/failures.ts';
import type { Submit } from '../adapters/smsc/protocol.ts';
import type { Database } from '../database/database.ts';
import { buildPacket, openSegments, sealSegments, type PacketTools } from './build-packet.ts';
import { handOverAgain, passPivot, retractPivot, type PacketCase, type PacketId } from './packet-store.ts';

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

export interface HandOverDependencies extends PacketTools {
  readonly session: Submitter;
  readonly database: Database;
  /** Address that a card's answers come back to. */
  readonly sourceAddress: string;
}

/** What is handed over, and what is to be done when the SMSC takes nothing of it. */
interface HandOver {
  readonly segments: Secret<readonly string[]>;
  readonly onNothingTaken: () => Promise<void>;
}

/** Hands every segment of a packet to the SMSC and resolves to their message ids; the bytes are those of every earlier attempt. */
export async function handOver(
  dependencies: HandOverDependencies,
  id: PacketId,
  packet: PacketCase,
): Promise<readonly string[]> {
  const { session, sourceAddress } = dependencies;
  session.requireBind();
  const { segments, onNothingTaken } = await segmentsToSend(dependencies, id, packet);
  const messageIds: string[] = [];
  for (const userData of segments.reveal()) {
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

/** The stored bytes of an earlier attempt, or new ones, stored by passing the pivot. */
async function segmentsToSend(dependencies: HandOverDependencies, id: PacketId, packet: PacketCase): Promise<HandOver> {
  const { database, vault } = dependencies;
  if (packet.state === 'prepared') return firstHandOver(dependencies, id, packet);
  if (packet.sealed_segments === null)
    throw failure(
      'INVARIANT_BROKEN',
      `the packet of change ${id.changeId} for ICCID ${packet.iccid} was sent and is not stored`,
    );
  const segments = await openSegments(id, packet.sealed_segments, vault);
  if ((await handOverAgain(database, id)) === undefined) throw overtaken(packet);
  // An earlier hand-over whose answer was lost may have been taken, whatever the SMSC says of this one.
  return { segments, onNothingTaken: () => Promise.resolve() };
}

async function firstHandOver(dependencies: HandOverDependencies, id: PacketId, packet: PacketCase): Promise<HandOver> {
  const { database, vault } = dependencies;
  // A packet whose pivot was taken back has its bytes already: they stay the same.
  const { segments, commands } =
    packet.sealed_segments === null
      ? await buildPacket(id, packet, dependencies)
      : { segments: await openSegments(id, packet.sealed_segments, vault), commands: packet.commands };
  const sealed = packet.sealed_segments ?? (await sealSegments(id, segments, vault));
  const number = await passPivot(database, id, { sealed, commands });
  if (number === undefined) throw overtaken(packet);
  return { segments, onNothingTaken: () => retractPivot(database, id, number) };
}

const overtaken = ({ iccid }: PacketCase): ApplicationFailure =>
  failure('SMSC_UNREACHABLE', `another attempt to send to ICCID ${iccid} overtook this one; it is asked again`);

const wasNotTaken = (cause: unknown): boolean => cause instanceof ApplicationFailure && NOT_TAKEN.has(cause.type);
