import { sql, type RawBuilder } from 'kysely';
import { ANNOUNCEMENTS } from '../../workflows/card-answer.ts';
import { ABOUT_ADMIN_CODE } from '../../workflows/status-word.ts';
import { GIVEN_UP } from '../adapters/smsc/given-up.ts';
import { VALIDITY_SECONDS } from '../adapters/smsc/validity.ts';

/**
 * The change in which the card refused the admin code that the registry still has, as a scalar for a statement that knows `card`: the
 * change may have ended so, or its card may have answered when it was over, which only the packet remembers.
 */
export const refusedCodeIn = (iccid: string): RawBuilder<string | null> => sql`(
  select change_id from (
    select change_id, requested_at as at from changes refusal
    where refusal.iccid = ${iccid} and refusal.code in ('ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED') and refusal.state <> 'rejected'
      and refusal.updated_at > card.updated_at
    union all
    select change_id, sent_at from packets asked
    where asked.iccid = ${iccid} and asked.purpose in ('check', 'write') and asked.sent_at > card.updated_at
      and asked.por_status = 'porOk' and asked.por_status_word ~ ${ABOUT_ADMIN_CODE.source}
  ) refused order by at desc limit 1)`;

/**
 * The earlier change whose question about the same admin code may still reach the card, and until when, in the same way. A question
 * that a receipt says is gone is none.
 */
export const openQuestionOf = (
  iccid: string,
  changeId: string | null,
): RawBuilder<{ readonly changeId: string; readonly until: string } | null> => sql`(
  select jsonb_build_object('changeId', change_id, 'until', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  from (
    select change_id, sent_at + make_interval(secs => ${VALIDITY_SECONDS}) as until from packets asked
    where asked.iccid = ${iccid} and asked.change_id is distinct from ${changeId}::uuid and asked.purpose = 'check'
      and asked.state = 'sent' and asked.sent_at > card.updated_at
      and (asked.por_status is null or asked.por_status = any(${ANNOUNCEMENTS}))
      and not exists (select from jsonb_each_text(asked.receipts) receipt where receipt.value = any(${GIVEN_UP}))
  ) asked where until > now() order by until desc limit 1)`;
