import { sql, type RawBuilder } from 'kysely';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import { FINAL_FAILURE_STATES } from '../../adapters/smsc/final-failure-states.ts';
import { VALIDITY_SECONDS } from '../../adapters/smsc/validity.ts';

/** Verified answers of a card that has a counter at least as high as that of the packet: it ran the packet, or is ahead of it. */
const COUNTED = ['porOk', 'cntrLow'] satisfies ResponseStatus[];

/** Of a submission `given` of the packet `asked`: nothing says that the SMSC has given all of its segments up. */
export const mayArrive: RawBuilder<boolean> = sql`
  given.change_id = asked.change_id and given.purpose = asked.purpose and given.number = asked.number and given.failed_at is null
    and (given.message_ids = '{}' or exists (
      select from unnest(given.message_ids) segment where not coalesce(asked.receipts->>segment = any(${FINAL_FAILURE_STATES}), false)))`;

/** The packet of an earlier, undone change that its SMSC may still deliver, and that the card would then run. */
export interface OpenPacket {
  readonly changeId: string;
  /** When the SMSC has given up every submission that is not known to have failed (RFC 3339). */
  readonly until: string;
  /** The card has answered a probe under a higher counter, which counts where its profile has one counter for both. */
  readonly probed: boolean;
}

/**
 * The packet that holds the next change back the longest, as a scalar for a statement that knows `card`; null when there is none. Taken
 * late it would leave the card with what its change has withdrawn, while the next change writes to a number that the card has no more.
 */
export const openPacketOf = (iccid: string, changeId: string | null): RawBuilder<OpenPacket | null> => sql`(
  select jsonb_build_object('changeId', change_id, 'probed', probed,
    'until', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  from (
    select asked.change_id, exists (${countedPast(sql`past.purpose in ('probe', 'refresh')`)}) as probed,
      waiting.since + make_interval(secs => ${VALIDITY_SECONDS}) as until
    from packets asked
      join changes undone on undone.change_id = asked.change_id and undone.state in ('rolledBack', 'cancelled')
      join lateral (
        select max(greatest(given.begun_at, given.accepted_at)) as since from packet_submissions given
        where ${mayArrive}
      ) waiting on waiting.since is not null
    where asked.iccid = ${iccid} and asked.change_id is distinct from ${changeId}::uuid and asked.purpose in ('write', 'rewrite')
      and asked.state = 'sent' and not coalesce(asked.por_status = any(${COUNTED}), false)
      and not exists (${countedPast(sql`past.purpose not in ('probe', 'refresh')`)})
      and not exists (select from packets moved
        where moved.change_id = card.moved_by and moved.purpose in ('write', 'rewrite') and moved.cntr > asked.cntr)
  ) open where until > now() order by probed, until desc limit 1)`;

/** Packets like this, with a higher counter than that of `asked`, which the card has answered. */
const countedPast = (like: RawBuilder<boolean>): RawBuilder<unknown> => sql`
  select from packets past
  where past.iccid = asked.iccid and past.cntr > asked.cntr and past.por_status = any(${COUNTED}) and ${like}`;
