import { sql } from 'kysely';
import type { SubscriptionChange } from '../../../workflows/shared/contract.ts';
import type { RegistryActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';
import type { CardProfiles } from '../../../services/packets/card-profiles.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import { gatherAdmissionFacts } from '../../../services/admission/admission-facts.ts';
import { readChangeRecord } from './change-record.ts';
import { decideAdmission } from '../../../services/admission/decide-admission.ts';

/** Decides whether a change may begin, and records `requested` or `rejected`; tells a resumed or reopened one what its record proves. */
export const admitChange =
  (database: Database, profiles: CardProfiles): RegistryActivities['admitChange'] =>
  async (change) => {
    const { changeId, iccid, target, requestedBy, requestId, reason, sequence } = change;
    const facts = await gatherAdmissionFacts(database, { iccid, target, changeId, sequence });
    const resumed = change.resumedAfter !== undefined;
    const decision = decideAdmission({ iccid, target, requestedBy, resumed }, facts, profiles);
    const { source, sourceImsi } = facts;
    const begun = change.reopened === true ? 'reopened' : 'requested';
    const rejection = decision.kind === 'rejected' ? decision : undefined;
    await sql`select ${stateRecorded(
      { changeId, sequence },
      {
        state: rejection === undefined ? begun : 'rejected',
        cause: rejection?.reason ?? causeOf(change),
        actor: requestedBy,
        data: {
          ...{ iccid, target, requestedBy, requestId },
          ...(source && { source }),
          ...(sourceImsi && { sourceImsi }),
          ...(reason !== undefined && { reason }),
          ...(rejection && { code: rejection.code }),
          ...(rejection?.rule !== undefined && { rule: rejection.rule }),
        },
      },
    )}`.execute(database);
    if (decision.kind === 'rejected' || !resumed) return decision;
    const record = await readChangeRecord(database, changeId);
    return { ...decision, ...(record && { record }) };
  };

function causeOf({ reopened, resumedAfter, reason }: SubscriptionChange): string {
  if (reopened === true) return 'reopened, since a card may hold what had been withdrawn';
  return resumedAfter === undefined ? (reason ?? 'asked for') : 'resumed, since its workflow was lost';
}
