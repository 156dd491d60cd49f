import { sql } from 'kysely';
import type { ChangeCheck, ChangeRequest } from '../../application/requests.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { CardProfiles } from '../packets/card-profiles.ts';
import { gatherAdmissionFacts } from '../admission/admission-facts.ts';
import { decideAdmission } from '../admission/decide-admission.ts';

export interface CheckDependencies {
  readonly database: Database;
  readonly profiles: CardProfiles;
  /** What the workflow of the card does that runs; asked only when a change or a reading of it is open. */
  readonly runningFor: (iccid: ChangeRequest['iccid']) => Promise<'change' | 'reading' | undefined>;
}

/** Says what a change would be told that is asked for now. Nothing is started, and nothing recorded. */
export async function checkChange(
  { database, profiles, runningFor }: CheckDependencies,
  { iccid, target, requestedBy }: ChangeRequest,
): Promise<ChangeCheck> {
  const facts = await gatherAdmissionFacts(database, { iccid, target, changeId: null, sequence: null });
  const { openChange } = facts;
  const running = openChange !== null || (await hasOpenReading(database, iccid)) ? await runningFor(iccid) : undefined;
  // A request is refused before anything is decided while the card is being read or changed.
  if (running === 'reading') {
    const reason = `ICCID ${iccid} is being read over the air at this moment: ask again in some minutes`;
    return { kind: 'rejected', code: 'CARD_BEING_READ', reason, rule: 'card.reading' };
  }
  if (openChange !== null && running === 'change') {
    const reason = `ICCID ${iccid} is being changed already, by change ${openChange}`;
    return { kind: 'rejected', code: 'CHANGE_IN_PROGRESS', reason, rule: 'card.openChange' };
  }
  return decideAdmission({ iccid, target, requestedBy, resumed: false }, facts, profiles);
}

async function hasOpenReading(database: Database, iccid: string): Promise<boolean> {
  const { rows } = await sql`select from card_readings where iccid = ${iccid} and ended_at is null limit 1`.execute(
    database,
  );
  return rows.length > 0;
}
