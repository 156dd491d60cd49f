import { sql } from 'kysely';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import { failure } from '../../workflows/shared/failures.ts';
import type { ReadCard, ReadingActivities } from '../../workflows/reading/ports.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { CardProfiles } from '../../services/packets/card-profiles.ts';
import { whyNotRead } from '../../services/reading/why-not-read.ts';

interface Dependencies {
  readonly database: Database;
  readonly profiles: CardProfiles;
}

/** What a reading of a card does in our own database; the orchestrator runs it. */
export function readingActivities({ database, profiles }: Dependencies): ReadingActivities {
  return {
    beginReading: async (reading) => {
      const refused = await whyNotRead({ database, profiles }, reading.iccid);
      if (refused !== undefined) return { kind: 'refused', reason: refused };
      return { kind: 'begun', ...(await begin(database, reading)) };
    },
    watchReading: async ({ readingId, iccid, number }) => {
      const { rows } = await sql<{ status: ResponseStatus; held: string | null }>`
        select por_status as status, reading.held
        from packets join card_readings reading on reading.reading_id = packets.change_id
        where packets.change_id = ${readingId}::uuid and number = ${number} and por_status is not null`.execute(
        database,
      );
      const [answer] = rows;
      if (answer === undefined) throw failure('CARD_BEING_READ', `ICCID ${iccid} has not answered`);
      return answer;
    },
    endReading: async ({ readingId }) => {
      await sql`
        with ended as (
          update card_readings set ended_at = now() where reading_id = ${readingId}::uuid and ended_at is null
        )
        update packets set sealed_segments = null where change_id = ${readingId}::uuid`.execute(database);
    },
  };
}

async function begin(
  database: Database,
  { readingId, iccid, askedBy }: ReadCard,
): Promise<{ readonly smsc: string; readonly imsi: string }> {
  const { rows } = await sql<{ smsc: string; imsi: string }>`
    with begun as (
      insert into card_readings (reading_id, iccid, imsi, asked_by)
      select ${readingId}::uuid, iccid, imsi, ${askedBy} from cards where iccid = ${iccid} on conflict do nothing
    )
    select operators.smsc, cards.imsi from cards join operators on operators.id = cards.operator where iccid = ${iccid}`.execute(
    database,
  );
  const [card] = rows;
  if (card === undefined) throw failure('ICCID_UNKNOWN', `ICCID ${iccid} is not registered any more`);
  return card;
}
