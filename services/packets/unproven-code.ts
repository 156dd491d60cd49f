import { sql, type RawBuilder } from 'kysely';
import { mayArrive } from './open-packet.ts';

/** Who blocks a card by itself, and takes that back. */
const REHOME = 'system:rehome';

/**
 * Of a packet `asked` of a `card`: it is the question about the admin code or one that writes, may have had the card try its code,
 * and no answer tells whether that was right.
 *
 * No try was made where this code was proven before, in a packet of its own or by an earlier move of the card, or where the SMSC has
 * given up every submission. That the card counts higher than a probe tells nothing: a second copy of the probe draws the same answer.
 */
const mayHaveTried: RawBuilder<boolean> = sql`
  asked.purpose in ('check', 'write', 'rewrite') and asked.state = 'sent'
    and asked.por_status is distinct from 'porOk' and asked.sent_at > card.adm1_at
    and (card.moved_by is null or card.adm1_settled_at < card.adm1_at)
    and exists (select from packet_submissions given where ${mayArrive})
    and not exists (
      select from packets proof
      where proof.change_id = asked.change_id and proof.purpose = 'check' and proof.por_status = 'porOk')`;

/**
 * A statement that blocks the card of a change that has just been undone, if one of its packets may have had the card try its code
 * unheard: each wrong try is one of few. Once for each packet.
 */
export const blockWhileUnproven = (changeId: string): RawBuilder<unknown> => sql`
  insert into card_blocks (iccid, reason, blocked_by)
  select card.iccid,
    ${`${blockedBy(changeId)}, and no answer of the card tells whether it was right: compare it with the card’s personalization data, as each wrong try is one of few`},
    ${REHOME}
  from packets asked join cards card on card.iccid = asked.iccid
  where asked.change_id = ${changeId}::uuid and ${mayHaveTried}
    and not exists (
      select from card_blocks earlier
      where earlier.iccid = asked.iccid and earlier.blocked_by = ${REHOME} and earlier.blocked_at > asked.sent_at)
  on conflict (iccid) where unblocked_at is null do nothing`;

/**
 * A statement that takes the block of a change away once its packets have cost no try that nobody heard of: the card has answered after
 * all, or the SMSC has given everything up. What it has answered is looked at like any answer.
 */
export const unblockUnlessTried = ({
  changeId,
  iccid,
}: {
  changeId: string;
  iccid: string;
}): RawBuilder<unknown> => sql`
  update card_blocks set unblocked_by = ${REHOME}, unblock_reason = 'the card has answered, or was never asked', unblocked_at = now()
  where iccid = ${iccid} and blocked_by = ${REHOME} and unblocked_at is null
    and starts_with(reason, ${blockedBy(changeId)})
    and not exists (
      select from packets asked join cards card on card.iccid = asked.iccid
      where asked.change_id = ${changeId}::uuid and ${mayHaveTried})`;

/** How the reason of a block begins. */
const blockedBy = (changeId: string): string => `change ${changeId} may have presented adm1`;

/** A statement that takes such a block away: the card has taken a subscription, so that its admin code is right. */
export const unblockProven = (iccid: string): RawBuilder<unknown> => sql`
  update card_blocks set unblocked_by = ${REHOME}, unblock_reason = 'the card has taken a subscription', unblocked_at = now()
  where iccid = ${iccid} and blocked_by = ${REHOME} and unblocked_at is null`;
