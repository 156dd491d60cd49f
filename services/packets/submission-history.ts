import { sql } from 'kysely';
import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';
import { VALIDITY_SECONDS } from '../../adapters/smsc/validity.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { PacketId } from './packet-store.ts';

/** One time that a packet was handed to its SMSC, or was begun to be. */
export interface EarlierSubmission {
  /** Of the step that asked for it; null in those from before steps were noted. */
  readonly sequence: number | null;
  /** As what the SMSC took its segments, in their order. */
  readonly messageIds: readonly string[];
  /** Which segments were submitted, by their numbers from 1; null: all. */
  readonly segments: readonly number[] | null;
  /** The SMSC has taken every one of them. */
  readonly accepted: boolean;
  /** It has, and the time for which it keeps them is not over. */
  readonly isValid: boolean;
}

/** All that is on record of how a packet was submitted. */
export interface SubmissionHistory {
  /** Newest first. */
  readonly submissions: readonly EarlierSubmission[];
  /** The last word of the SMSC on each message, by the id that its receipt has. */
  readonly receipts: Readonly<Record<string, MessageState>>;
}

export async function findSubmissions(database: Database, id: PacketId): Promise<SubmissionHistory> {
  const { changeId, purpose, number } = id;
  const { rows } = await sql<SubmissionHistory>`
    select packet.receipts, coalesce(
      (select jsonb_agg(jsonb_build_object('sequence', sequence, 'messageIds', message_ids, 'segments', segments,
          'accepted', accepted_at is not null,
          'isValid', coalesce(accepted_at > now() - make_interval(secs => ${VALIDITY_SECONDS}), false)) order by submission desc)
        from packet_submissions given
        where given.change_id = packet.change_id and given.purpose = packet.purpose and given.number = packet.number),
      '[]') as "submissions"
    from packets packet
    where packet.change_id = ${changeId}::uuid and packet.purpose = ${purpose} and packet.number = ${number}`.execute(
    database,
  );
  return rows[0] ?? { submissions: [], receipts: {} };
}
