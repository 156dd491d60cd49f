import { sql, type RawBuilder } from 'kysely';
import { cardAnswer } from '../../workflows/change/card-answer.ts';
import type { ProofOfReceipt } from '../../workflows/shared/contract.ts';

/** Whether an answer that is kept, verified, with the packet which writes the subscription proves that the card took it. */
export const provesExecuted = (status: ProofOfReceipt['status'] | null, statusWord: string | null): boolean =>
  status !== null &&
  cardAnswer({ authenticated: true, status, ...(statusWord !== null && { statusWord }) })?.kind === 'executed';

/**
 * What the card has said of the packets that write the subscription, that which proves the most: a part of a statement that knows one
 * `packet` of the change.
 */
export const joinedProof: RawBuilder<unknown> = sql`
  left join lateral (
    select por_status as status, por_status_word as "statusWord" from packets written
    where written.change_id = packet.change_id and purpose in ('write', 'rewrite')
    order by por_status = 'porOk' desc nulls last, cntr desc limit 1
  ) proof on true`;
