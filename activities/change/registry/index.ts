import { sql } from 'kysely';
import type { PacketActivities, RegistryActivities } from '../../../workflows/change/ports.ts';
import type { ChangeState } from '../../../workflows/shared/states.ts';
import type { Database } from '../../../adapters/database/database.ts';
import type { PacketTools } from '../../../services/packets/build-packet.ts';
import { stopSending } from '../ota/stop-sending.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import { acceptAttach } from './accept-attach.ts';
import { admitChange } from './admit-change.ts';
import { lookUpAdminCode } from './look-up-admin-code.ts';
import { blockWhileUnproven } from '../../../services/packets/unproven-code.ts';

/** The activities that touch only our own database; the orchestrator runs them. */
export function registryActivities({
  database,
  vault,
  profiles,
}: PacketTools & { readonly database: Database }): RegistryActivities & PacketActivities {
  return {
    admitChange: admitChange(database, profiles),
    acceptAttach: acceptAttach(database),
    lookUpAdminCode: lookUpAdminCode(database, vault),
    recordState: recordState(database),
    stopSending: stopSending(database),
  };
}

const WAS_UNDONE: ReadonlySet<ChangeState> = new Set(['rolledBack', 'cancelled']);

const recordState =
  (database: Database): RegistryActivities['recordState'] =>
  async ({ changeId, sequence, state, actor, cause, code, stays, torn, returned }) => {
    const { operator, imsi } = returned ?? { operator: null, imsi: null };
    const { rows } = await sql<{ ended: ChangeState | null }>`
      with returned as (
        update reservations set state = 'returned', updated_at = now()
        where operator = ${operator} and imsi = ${imsi} and state = 'active'
      )${WAS_UNDONE.has(state) ? sql`, blocked as (${blockWhileUnproven(changeId)})` : sql``}
      select ${stateRecorded({ changeId, sequence }, { state, actor, cause, stays, data: { ...(code && { code }), ...(torn && { torn }) } })},
        (select state from changes where change_id = ${changeId}::uuid and ended) as ended`.execute(database);
    return rows[0]?.ended ?? null;
  };
