import { sql } from 'kysely';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import type { Database } from '../../adapters/database/database.ts';
import { openQuestionOf, refusedCodeOf } from './admin-code-facts.ts';
import type { AdmissionFacts } from './decide-admission.ts';
import { openPacketOf } from '../packets/open-packet.ts';

interface Row extends Omit<AdmissionFacts, 'block' | 'said'> {
  readonly blockedBy: string | null;
  readonly blockedAt: Date | null;
  readonly blockReason: string | null;
  readonly saidState: string | null;
  readonly saidCode: FailureCode | null;
  readonly saidRule: string | null;
  readonly saidReason: string | null;
}

/** A change, by its id and the number under which its admission is recorded; a question that is no change has neither. */
export interface AskedCard {
  readonly iccid: string;
  readonly target: string;
  readonly changeId: string | null;
  readonly sequence: number | null;
}

/** Asks the registry, in one round trip, for all that an admission is decided by. */
export async function gatherAdmissionFacts(
  database: Database,
  { iccid, target, changeId, sequence }: AskedCard,
): Promise<AdmissionFacts> {
  const { rows } = await sql<Row>`
    select clock_timestamp() as now, coalesce(self.source, card.operator) as source,
      coalesce(self.source_imsi, card.imsi) as "sourceImsi", source.smsc, case when not exists (select from reservations where change_id = ${changeId}::uuid and sealed_k is null)
        then target.smsc end as "targetSmsc", card.profile, card.came_at as "cameAt", card.targets,
      block.blocked_by as "blockedBy", block.blocked_at as "blockedAt", block.reason as "blockReason",
      target.id is not null as "targetKnown",
      case when agreement.source is not null then jsonb_build_object('consent', agreement.consent,
        'deviceRequests', agreement.device_requests, 'minimumStayDays', agreement.minimum_stay_days,
        'cardProfiles', agreement.card_profiles, 'overlapHours', agreement.overlap_hours,
        'releaseDays', agreement.release_days, 'sameDevice', agreement.same_device) end as agreement,
      (select change_id from changes where iccid = ${iccid} and not ended and change_id is distinct from ${changeId}::uuid limit 1)
        as "openChange",
      ${refusedCodeOf(iccid)} as "refusedCode", ${openQuestionOf(iccid, changeId)} as "openQuestion",
      ${openPacketOf(iccid, changeId)} as "openPacket",
      case when packet.state is distinct from 'sent' then 'none' when packet.message_ids = '{}' then 'mayHaveLeft' else 'accepted' end
        as packet,
      said.state as "saidState", said.data->>'code' as "saidCode", said.data->>'rule' as "saidRule", said.cause as "saidReason"
    from (select 1) as always
      left join cards card on card.iccid = ${iccid}
      left join card_blocks block on block.iccid = ${iccid} and block.unblocked_at is null
      left join changes self on self.change_id = ${changeId}::uuid
      left join timeline said on said.change_id = ${changeId}::uuid and said.sequence = ${sequence}::integer
      left join packets packet on packet.change_id = ${changeId}::uuid and packet.purpose = 'write'
      left join operators source on source.id = coalesce(self.source, card.operator)
      left join operators target on target.id = ${target}
      left join agreements agreement on agreement.source = source.id and agreement.target = ${target}`.execute(
    database,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the registry gave no answer to a question that always has one');
  const { blockedBy, blockedAt, blockReason, saidState, saidCode, saidRule, saidReason, ...facts } = row;
  return {
    ...facts,
    block:
      blockedBy === null || blockedAt === null || blockReason === null
        ? null
        : { by: blockedBy, at: blockedAt, reason: blockReason },
    said:
      saidState === 'rejected' && saidCode !== null && saidReason !== null
        ? { kind: 'rejected', code: saidCode, reason: saidReason, ...(saidRule !== null && { rule: saidRule }) }
        : saidState === null
          ? null
          : 'admitted',
  };
}
