import { sql } from 'kysely';
import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { Reason } from '../../../workflows/shared/failures.ts';
import type { ChangeRecord, RecordedPacket } from '../../../workflows/change/ports.ts';
import type { ChangeState } from '../../../workflows/shared/states.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { attachAcceptedIn } from '../../../services/release/release-requests.ts';
import { provesExecuted } from '../../../services/packets/proves-executed.ts';

/** From these on the card was taken to be at the target: what was proven of it before proves nothing any more. */
const AT_TARGET: readonly ChangeState[] = ['awaitingAttach', 'releasing', 'completedReleasePending', 'reopened'];

/** What a source operator's HLR has shown that holds the release back until a person decides. */
const FREEZING = ['BOTH_ATTACHED', 'OTHER_DEVICE'] satisfies FailureCode[];

interface Row {
  readonly iccid: string;
  readonly packetState: 'prepared' | 'sent' | 'stopped' | null;
  readonly reservationState: string | null;
  /** When the card was last taken to be at the target. */
  readonly overruledAt: Date | null;
  readonly rollbackCode: FailureCode | null;
  readonly rollbackReason: string | null;
  readonly frozen: Reason | null;
  readonly torn: boolean;
}

interface PacketRow extends Pick<RecordedPacket, 'purpose'> {
  readonly number: number;
  readonly status: ProofOfReceipt['status'] | null;
  readonly statusWord: string | null;
  readonly holds: NonNullable<ProofOfReceipt['holds']> | null;
  readonly answeredAt: Date | null;
}

/** What is proven of a change whose workflow was lost, by our own record of it; undefined when nothing was sent or undone. */
export async function readChangeRecord(database: Database, changeId: string): Promise<ChangeRecord | undefined> {
  const { rows } = await sql<Row>`
    select change.iccid, packet.state as "packetState", reservation.state as "reservationState", overruled.at as "overruledAt",
      rollback.data->>'code' as "rollbackCode", rollback.data->>'rollback' as "rollbackReason",
      case when asked.code = any(${FREEZING}) and not ${attachAcceptedIn(changeId)}
        then jsonb_build_object('code', asked.code, 'message', asked.answer) end as frozen,
      exists (select from timeline where change_id = change.change_id and data ? 'torn') as torn
    from changes change
      left join packets packet on packet.change_id = change.change_id and packet.purpose = 'write'
      left join reservations reservation on reservation.change_id = change.change_id
      left join lateral (
        select max(sequence) as sequence, max(at) as at from timeline
        where change_id = change.change_id and state = any(${AT_TARGET})
      ) overruled on true
      left join lateral (
        select data from timeline
        where change_id = change.change_id and data ? 'rollback' and sequence > coalesce(overruled.sequence, 0)
        order by sequence desc limit 1
      ) rollback on true
      left join lateral (
        select code, answer from release_requests where change_id = change.change_id order by id desc limit 1
      ) asked on true
    where change.change_id = ${changeId}::uuid`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const packets = await readPackets(database, changeId, row.overruledAt);
  const rollback = rollbackOf(row);
  const { frozen, torn } = row;
  if (packets.length === 0 && rollback === undefined && frozen === null) return undefined;
  return { packets, ...(torn && { torn }), ...(rollback && { rollback }), ...(frozen && { frozen }) };
}

/** Nothing is stopped or withdrawn without a proof, so that either is one, also where its reason was not recorded any more. */
function rollbackOf(row: Row): Reason | undefined {
  const { iccid, packetState, reservationState, overruledAt, rollbackCode, rollbackReason } = row;
  if (rollbackCode !== null && rollbackReason !== null) return { code: rollbackCode, message: rollbackReason };
  if (overruledAt !== null) return undefined;
  if (packetState === 'stopped')
    return { code: 'SENDING_STOPPED', message: `the packet for ICCID ${iccid} was stopped before it was sent` };
  return reservationState === 'quarantined' || reservationState === 'neverReserved'
    ? { code: 'RESERVATION_WITHDRAWN', message: `what was reserved for ICCID ${iccid} had been withdrawn before` }
    : undefined;
}

async function readPackets(
  database: Database,
  changeId: string,
  overruledAt: Date | null,
): Promise<readonly RecordedPacket[]> {
  const { rows } = await sql<PacketRow>`
    select purpose, number, por_status as status, por_status_word as "statusWord", por_holds as holds, por_at as "answeredAt"
    from packets
    where change_id = ${changeId}::uuid and purpose <> 'check' and (state = 'sent' or purpose = 'rewrite')
    order by purpose <> 'write', purpose, number`.execute(database);
  return rows.map(({ purpose, number, status, statusWord, holds, answeredAt }) => {
    const isRewrite = purpose === 'rewrite';
    const which = { purpose, ...(isRewrite && { number }) };
    if (status === null) return which;
    const answer = { status, ...(statusWord !== null && { statusWord }), ...(holds !== null && { holds }) };
    // A torn card is written again behind whatever overrules the answers from before.
    if (isRewrite) return { ...which, answer, ...(answeredAt && { answeredAt: answeredAt.toISOString() }) };
    const isTaken = purpose === 'write' && provesExecuted(status, statusWord);
    const isOverruled = overruledAt !== null && answeredAt !== null && answeredAt <= overruledAt;
    return isTaken || !isOverruled ? { ...which, answer } : which;
  });
}
