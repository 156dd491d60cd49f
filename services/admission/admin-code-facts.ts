import { sql, type RawBuilder } from 'kysely';
import type { Approval } from '../../workflows/support/approvals.ts';
import { ANNOUNCEMENTS } from '../../workflows/change/card-answer.ts';
import { ABOUT_ADMIN_CODE } from '../../workflows/shared/status-word.ts';
import { FINAL_FAILURE_STATES } from '../../adapters/smsc/final-failure-states.ts';
import { VALIDITY_SECONDS } from '../../adapters/smsc/validity.ts';

/** That a card has refused its admin code, and who has approved since then that the code which the registry has now is tried once more. */
export interface RefusedCodeFact {
  /** The change in which it did so last. */
  readonly changeId: string;
  /** The oldest first. */
  readonly approvals: readonly Approval[];
}

/**
 * The last refusal of a card, as a scalar for a statement that knows `card`: a change may have ended so, or its card may have answered
 * when it was over, which only the packet remembers. No import lifts it; the subscription that a card has taken since does.
 */
export const refusedCodeOf = (iccid: string): RawBuilder<RefusedCodeFact | null> => sql`(
  select jsonb_build_object('changeId', change_id, 'approvals', (
    select coalesce(jsonb_agg(jsonb_build_object('by', approved_by, 'reason', reason,
        'at', to_char(approved_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by id), '[]')
    from admin_code_approvals approval
    where approval.iccid = ${iccid} and approved_at > refused.at and approved_at > card.adm1_at))
  from (
    select change_id, updated_at as at from changes refusal
    where refusal.iccid = ${iccid} and refusal.code in ('ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED') and refusal.state <> 'rejected'
      and refusal.updated_at > card.adm1_settled_at
    union all
    select change_id, coalesce(por_at, sent_at) from packets asked
    where asked.iccid = ${iccid} and asked.purpose in ('check', 'write', 'rewrite') and asked.sent_at > card.adm1_settled_at
      and asked.por_status = 'porOk' and asked.por_status_word ~ ${ABOUT_ADMIN_CODE.source}
  ) refused order by at desc limit 1)`;

/**
 * The earlier change whose question about an admin code may still reach the card, and until when, in the same way. A question that a
 * receipt says is gone is none, nor is one from before the card proved its code. One about another code than that of today is one: it
 * costs a try as well.
 */
export const openQuestionOf = (
  iccid: string,
  changeId: string | null,
): RawBuilder<{ readonly changeId: string; readonly until: string } | null> => sql`(
  select jsonb_build_object('changeId', change_id, 'until', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  from (
    select change_id, sent_at + make_interval(secs => ${VALIDITY_SECONDS}) as until from packets asked
    where asked.iccid = ${iccid} and asked.change_id is distinct from ${changeId}::uuid and asked.purpose = 'check'
      and asked.state = 'sent' and asked.sent_at > card.adm1_settled_at
      and (asked.por_status is null or asked.por_status = any(${ANNOUNCEMENTS}))
      and not exists (select from jsonb_each_text(asked.receipts) receipt where receipt.value = any(${FINAL_FAILURE_STATES}))
  ) asked where until > now() order by until desc limit 1)`;
