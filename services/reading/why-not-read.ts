import { sql } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';
import { profileOf } from '../packets/build-packet.ts';
import type { CardProfiles } from '../packets/card-profiles.ts';

interface Dependencies {
  readonly database: Database;
  readonly profiles: CardProfiles;
}

/** Why this card can't be read now; undefined if it can. */
export async function whyNotRead({ database, profiles }: Dependencies, iccid: string): Promise<string | undefined> {
  const { rows } = await sql<{ iccid: string; profile: string; open: string | null }>`
    select iccid, profile, (select change_id from changes where changes.iccid = cards.iccid and not ended limit 1) as open
    from cards where iccid = ${iccid}`.execute(database);
  const [card] = rows;
  if (card === undefined) return `ICCID ${iccid} is not registered`;
  if (card.open !== null)
    return `its change ${card.open} is open, and what would be sent to it could make the card refuse the packet of that: ask with rehome support ${card.open} askCard --reason …`;
  if (profileOf(profiles, card).readBack === 'none')
    return `the profile ${card.profile} has no way to read a card back`;
  return undefined;
}
