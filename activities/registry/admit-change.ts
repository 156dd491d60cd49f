import { sql } from 'kysely';
import type { RegistryActivities } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import type { CardProfiles } from '../ota/card-profiles.ts';
import { stateRecorded } from '../timeline/record-state.ts';
import { gatherAdmissionFacts } from './admission-facts.ts';
import { decideAdmission } from './decide-admission.ts';

/** Decides whether a change may begin, and records `requested` or `rejected`. */
export const admitChange =
  (database: Database, profiles: CardProfiles): RegistryActivities['admitChange'] =>
  async (change) => {
    const { changeId, iccid, target, requestedBy, requestId, reason, sequence, resumedAfter } = change;
    const facts = await gatherAdmissionFacts(database, { iccid, target, changeId, sequence });
    const resumed = resumedAfter !== undefined;
    const decision = decideAdmission({ iccid, target, requestedBy, resumed }, facts, profiles);
    const { source, sourceImsi } = facts;
    const rejection = decision.kind === 'rejected' ? decision : undefined;
    await sql`select ${stateRecorded(
      { changeId, sequence },
      {
        state: rejection === undefined ? 'requested' : 'rejected',
        cause: rejection?.reason ?? (resumed ? 'resumed, since its workflow was lost' : (reason ?? 'asked for')),
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
    return decision;
  };
