import { ApplicationFailure } from '@temporalio/common';
import type { Secret } from '../../../telecom/secret.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import type { Submit } from '../../../adapters/smsc/protocol.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { buildPacket, openSegments, sealSegments, type PacketTools } from '../../../services/packets/build-packet.ts';
import {
  submissionAgain,
  partTaken,
  passPivot,
  retractPivot,
  type Accepted,
  type SubmissionId,
  type PacketCase,
  type PacketId,
  type SentPacket,
} from '../../../services/packets/packet-store.ts';

/** TP-PID (U)SIM data download and TP-DCS class 2, 8 bit (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const PROTOCOL_ID = 0x7f;
const DATA_CODING = 0xf6;
/** What the SMSC says of a segment that it has surely not taken. */
const NOT_TAKEN = new Set<string | null | undefined>(['SMSC_REFUSED', 'SMSC_THROTTLED'] satisfies FailureCode[]);

/** The bind to an SMSC, as far as sending needs it. */
export interface Submitter {
  /** Throws SMSC_UNREACHABLE when no bind is up, SMSC_THROTTLED when it rests for longer than an attempt may wait. */
  requireBind(): void;
  /** Resolves to the message id. SMSC_REFUSED and SMSC_THROTTLED say that the segment was not taken, SMSC_UNREACHABLE that it may have been. */
  submit(segment: Submit): Promise<string>;
}

export interface SubmissionDependencies extends PacketTools {
  readonly session: Submitter;
  readonly database: Database;
  /** Address that a card's answers come back to. */
  readonly sourceAddress: string;
}

/** What is submitted, and what is to be done when the SMSC takes nothing of it. */
interface Submission {
  readonly id: SubmissionId;
  readonly segments: Secret<readonly string[]>;
  readonly onNothingTaken: () => Promise<void>;
}

/** Which packet a step hands over, and the step's sequence number. */
export interface Handing extends PacketId {
  readonly sequence: number;
}

/** Hands every segment of a packet to the SMSC and resolves to their message ids; the bytes are those of every earlier attempt. */
export async function submitPacket(
  dependencies: SubmissionDependencies,
  handing: Handing,
  packet: PacketCase,
): Promise<Accepted> {
  dependencies.session.requireBind();
  const begun =
    packet.state === 'prepared'
      ? await firstSubmission(dependencies, handing, packet)
      : await storedSubmission(dependencies, handing, packet);
  return submitAll(dependencies, packet, begun);
}

/** Does the same with a packet that may have left already, or with some of its segments. */
export async function submissionStored(
  dependencies: SubmissionDependencies,
  handing: Handing,
  packet: SentPacket,
): Promise<Accepted> {
  dependencies.session.requireBind();
  return submitAll(dependencies, packet, await storedSubmission(dependencies, handing, packet));
}

async function submitAll(
  { session, sourceAddress, database }: SubmissionDependencies,
  { msisdn }: SentPacket,
  { id, segments, onNothingTaken }: Submission,
): Promise<Accepted> {
  const messageIds: string[] = [];
  for (const userData of segments.reveal()) {
    try {
      messageIds.push(
        await session.submit({
          source: sourceAddress,
          destination: msisdn,
          protocolId: PROTOCOL_ID,
          dataCoding: DATA_CODING,
          userData,
        }),
      );
    } catch (cause) {
      if (messageIds.length > 0) await partTaken(database, id, messageIds);
      else if (wasNotTaken(cause)) await onNothingTaken();
      throw cause;
    }
  }
  return { submission: id, messageIds };
}

/** The stored bytes of an earlier attempt. */
async function storedSubmission(
  { database, vault }: SubmissionDependencies,
  { sequence, ...packetId }: Handing,
  packet: SentPacket,
): Promise<Submission> {
  if (packet.sealed_segments === null)
    throw failure(
      'INVARIANT_BROKEN',
      `the packet of change ${packetId.changeId} for ICCID ${packet.iccid} was sent and is not stored`,
    );
  const segments = await openSegments(packetId, packet.sealed_segments, vault);
  const id = await submissionAgain(database, packetId, sequence);
  if (id === undefined) throw overtaken(packet);
  // An earlier submission whose answer was lost may have been taken, whatever the SMSC says of this one.
  return { id, segments, onNothingTaken: () => Promise.resolve() };
}

/** New bytes, stored by passing the pivot. */
async function firstSubmission(
  dependencies: SubmissionDependencies,
  { sequence, ...packetId }: Handing,
  packet: PacketCase,
): Promise<Submission> {
  const { database, vault } = dependencies;
  // A packet whose pivot was taken back has its bytes already: they stay the same.
  const { segments, commands } =
    packet.sealed_segments === null
      ? await buildPacket(packetId, packet, dependencies)
      : { segments: await openSegments(packetId, packet.sealed_segments, vault), commands: packet.commands };
  const sealed = packet.sealed_segments ?? (await sealSegments(packetId, segments, vault));
  const id = await passPivot(database, packetId, { sealed, commands, sequence });
  if (id === undefined) throw overtaken(packet);
  return { id, segments, onNothingTaken: () => retractPivot(database, id) };
}

const overtaken = ({ iccid }: Pick<SentPacket, 'iccid'>): ApplicationFailure =>
  failure('SMSC_UNREACHABLE', `another attempt to send to ICCID ${iccid} overtook this one; it is asked again`);

const wasNotTaken = (cause: unknown): boolean => cause instanceof ApplicationFailure && NOT_TAKEN.has(cause.type);
