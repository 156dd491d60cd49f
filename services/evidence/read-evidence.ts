import { sql } from 'kysely';
import {
  evidencePack,
  type EvidencePack,
  type PacketEvidence,
  type PartyEvidence,
} from '../../application/evidence-pack.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import type { Database } from '../../adapters/database/database.ts';

/** All that is kept of one change, as of one moment; the change has to be known. */
export function readEvidence(database: Database, changeId: string): Promise<EvidencePack> {
  return database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      return evidencePack({
        ...(await readChange(snapshot, changeId)),
        packets: await readPackets(snapshot, changeId),
        releaseRequests: await readReleaseRequests(snapshot, changeId),
        timeline: await readTimeline(snapshot, changeId),
      });
    });
}

type Of<Name extends string> = { readonly [Key in keyof PartyEvidence as `${Name}_${Key}`]: PartyEvidence[Key] };

interface ChangeRow extends Of<'source'>, Of<'target'>, Omit<EvidencePack['change'], 'requestedAt'> {
  readonly requestedAt: Date;
  readonly registeredAt: string | null;
  readonly imei: string | null;
  readonly authenticatedAt: string | null;
  readonly recordedAt: Date | null;
}

async function readChange(database: Database, changeId: string) {
  // The old number is that of the packet; the card has it only until it has moved.
  const { rows } = await sql<ChangeRow>`
    select change.change_id as "changeId", change.iccid, change.state, change.ended, change.code, change.detail,
      change.requested_by as "requestedBy", change.request_id as "requestId", change.requested_at as "requestedAt", change.reason,
      change.source as source_operator, source.name as source_name, source.plmn as source_plmn, change.source_imsi,
      coalesce((select min(msisdn) from packets where change_id = change.change_id), card.msisdn) as source_msisdn,
      change.target as target_operator, target.name as target_name, target.plmn as target_plmn,
      coalesce(change.target_imsi, reservation.imsi) as target_imsi, reservation.msisdn as target_msisdn,
      attach.data->>'attachedAt' as "registeredAt", attach.data->>'imei' as imei,
      attach.data->>'authenticatedAt' as "authenticatedAt", attach.at as "recordedAt"
    from changes change
      left join operators source on source.id = change.source
      left join operators target on target.id = change.target
      left join reservations reservation on reservation.change_id = change.change_id
      left join cards card on card.iccid = change.iccid and card.imsi = change.source_imsi
      left join lateral (
        select data, at from timeline
        where change_id = change.change_id and data ? 'attachedAt' order by sequence desc limit 1
      ) attach on true
    where change.change_id = ${changeId}::uuid`.execute(database);
  const [row] = rows;
  if (row === undefined) throw new Error(`change ${changeId} is not in the read model`);
  const { iccid, state, ended, code, detail, requestedBy, requestId, reason } = row;
  return {
    change: {
      ...{ changeId: row.changeId, iccid, state, ended, code, detail, requestedBy, requestId, reason },
      requestedAt: row.requestedAt.toISOString(),
    },
    source: {
      ...{ operator: row.source_operator, name: row.source_name, plmn: row.source_plmn },
      ...{ imsi: row.source_imsi, msisdn: row.source_msisdn },
    },
    target: {
      ...{ operator: row.target_operator, name: row.target_name, plmn: row.target_plmn },
      ...{ imsi: row.target_imsi, msisdn: row.target_msisdn },
    },
    attach:
      row.registeredAt === null || row.recordedAt === null
        ? null
        : {
            registeredAt: inUtc(new Date(row.registeredAt)),
            imei: row.imei,
            authenticatedAt: row.authenticatedAt === null ? null : inUtc(new Date(row.authenticatedAt)),
            recordedAt: inUtc(row.recordedAt),
          },
  };
}

interface PacketRow {
  readonly purpose: PacketEvidence['purpose'];
  readonly number: number;
  readonly cntr: number | null;
  readonly state: PacketEvidence['state'];
  readonly preparedAt: Date;
  readonly sentAt: Date | null;
  readonly receipts: Readonly<Record<string, string>>;
  readonly status: NonNullable<PacketEvidence['proofOfReceipt']>['status'] | null;
  readonly statusWord: string | null;
  readonly holds: NonNullable<PacketEvidence['proofOfReceipt']>['holds'];
  readonly answeredAt: Date | null;
}

interface SubmissionRow {
  readonly purpose: PacketEvidence['purpose'];
  readonly packet: number;
  readonly number: number;
  readonly begunAt: Date;
  readonly acceptedAt: Date | null;
  readonly failedAt: Date | null;
  readonly messageIds: readonly string[];
}

async function readPackets(database: Database, changeId: string): Promise<PacketEvidence[]> {
  const packets = await sql<PacketRow>`
    select purpose, number, cntr, state, prepared_at as "preparedAt", sent_at as "sentAt", receipts, por_status as status,
      por_status_word as "statusWord", por_holds as holds, por_at as "answeredAt"
    from packets where change_id = ${changeId}::uuid
    order by array_position(array['check', 'write', 'rewrite', 'probe', 'refresh'], purpose), number`.execute(database);
  const submissions = await sql<SubmissionRow>`
    select purpose, number as packet, submission as number, begun_at as "begunAt", accepted_at as "acceptedAt",
      failed_at as "failedAt", message_ids as "messageIds"
    from packet_submissions where change_id = ${changeId}::uuid order by submission`.execute(database);
  return packets.rows.map(({ preparedAt, sentAt, receipts, status, statusWord, holds, answeredAt, ...packet }) => ({
    ...packet,
    preparedAt: inUtc(preparedAt),
    sentAt: orNull(sentAt),
    submissions: submissions.rows
      .filter((one) => one.purpose === packet.purpose && one.packet === packet.number)
      .map(({ number, begunAt, acceptedAt, failedAt, messageIds }) => ({
        ...{ number, begunAt: inUtc(begunAt), acceptedAt: orNull(acceptedAt), failedAt: orNull(failedAt) },
        messageIds,
      })),
    receipts: Object.entries(receipts)
      .map(([messageId, state]) => ({ messageId, state }))
      .sort((one, other) => (one.messageId < other.messageId ? -1 : 1)),
    proofOfReceipt: status === null ? null : { status, statusWord, holds, at: orNull(answeredAt) },
  }));
}

async function readReleaseRequests(database: Database, changeId: string) {
  const { rows } = await sql<{
    readonly askedAt: Date;
    readonly lastAskedAt: Date;
    readonly times: number;
    readonly code: string | null;
    readonly answer: string;
    readonly registeredAt: Date | null;
    readonly imei: string | null;
  }>`
    select asked_at as "askedAt", last_asked_at as "lastAskedAt", times, code, answer, registered_at as "registeredAt", imei
    from release_requests where change_id = ${changeId}::uuid order by id`.execute(database);
  return rows.map(({ askedAt, lastAskedAt, registeredAt, ...request }) => ({
    ...request,
    askedAt: inUtc(askedAt),
    lastAskedAt: inUtc(lastAskedAt),
    registeredAt: orNull(registeredAt),
  }));
}

async function readTimeline(database: Database, changeId: string) {
  const { rows } = await sql<{
    readonly sequence: number;
    readonly at: Date;
    readonly state: ChangeState;
    readonly actor: string;
    readonly cause: string;
    readonly code: string | null;
    readonly partition: number | null;
    readonly offset: number | null;
    readonly publishedAt: Date | null;
  }>`
    select sequence, at, state, actor, cause, data->>'code' as code, partition, "offset", published_at as "publishedAt"
    from timeline join outbox using (change_id, sequence)
    where change_id = ${changeId}::uuid order by sequence`.execute(database);
  return rows.map(({ at, partition, offset, publishedAt, ...entry }) => ({
    ...entry,
    at: inUtc(at),
    event:
      partition === null || offset === null || publishedAt === null
        ? null
        : { partition, offset, publishedAt: inUtc(publishedAt) },
  }));
}

const inUtc = (at: Date): string => at.toISOString();
const orNull = (at: Date | null): string | null => (at === null ? null : inUtc(at));
