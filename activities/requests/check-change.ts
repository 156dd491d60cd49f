import type { ChangeCheck, ChangeRequest } from '../../workflows/requests.ts';
import type { Database } from '../database/database.ts';
import type { CardProfiles } from '../ota/card-profiles.ts';
import { gatherAdmissionFacts } from '../registry/admission-facts.ts';
import { decideAdmission } from '../registry/decide-admission.ts';

export interface CheckDependencies {
  readonly database: Database;
  readonly profiles: CardProfiles;
  /** Whether the card has a workflow that runs; asked only when one of its changes is open. */
  readonly isBeingChanged: (iccid: ChangeRequest['iccid']) => Promise<boolean>;
}

/** Says what a change would be told that is asked for now. Nothing is started, and nothing recorded. */
export async function checkChange(
  { database, profiles, isBeingChanged }: CheckDependencies,
  { iccid, target, requestedBy }: ChangeRequest,
): Promise<ChangeCheck> {
  const facts = await gatherAdmissionFacts(database, { iccid, target, changeId: null, sequence: null });
  const { openChange } = facts;
  // A request is refused before anything is decided while the card is being changed.
  if (openChange !== null && (await isBeingChanged(iccid))) {
    const reason = `ICCID ${iccid} is being changed already, by change ${openChange}`;
    return { kind: 'rejected', code: 'CHANGE_IN_PROGRESS', reason, rule: 'card.openChange' };
  }
  return decideAdmission({ iccid, target, requestedBy, resumed: false }, facts, profiles);
}
