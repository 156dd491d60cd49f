import { sql } from 'kysely';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import type { RegistryActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';

/** Moves the card to the target because persons say that it is there: what the HLR's own answer does otherwise. */
export const acceptAttach =
  (database: Database): RegistryActivities['acceptAttach'] =>
  async (step) => {
    const { changeId, iccid, actor, cause } = step;
    const { rows } = await sql<{ imsi: Imsi }>`
      with reserved as (
        select operator, imsi, msisdn from reservations where change_id = ${changeId}::uuid and imsi is not null and state in ('reserved', 'active')
      ), moved as (
        update cards set operator = reserved.operator, imsi = reserved.imsi, msisdn = reserved.msisdn,
          moved_by = ${changeId}::uuid, updated_at = now()
        from reserved where iccid = ${iccid}
      ), activated as (
        update reservations set state = 'active', sealed_k = null, sealed_opc = null, updated_at = now()
        where change_id = ${changeId}::uuid
      ), shredded as (
        update packets set sealed_segments = null where change_id = ${changeId}::uuid
      )
      select imsi, ${stateRecorded(step, { state: 'releasing', cause, actor })} as recorded from reserved`.execute(
      database,
    );
    const [accepted] = rows;
    if (accepted === undefined)
      throw failure('RESERVATION_WITHDRAWN', `change ${changeId} of ICCID ${iccid} has nothing reserved any more`);
    return { imsi: accepted.imsi };
  };
