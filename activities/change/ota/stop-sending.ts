import { sql } from 'kysely';
import { failure } from '../../../workflows/shared/failures.ts';
import type { PacketActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';

/**
 * The undo of sending: whoever sets the packet's state first decides, this or the first segment. A packet that does not exist yet
 * is stopped in advance, so that an attempt still under way can't send it later.
 */
export const stopSending =
  (database: Database): PacketActivities['stopSending'] =>
  async ({ changeId, iccid }) => {
    const { rows } = await sql`
      insert into packets (change_id, purpose, iccid, state) values (${changeId}::uuid, 'write', ${iccid}, 'stopped')
      on conflict (change_id, purpose, number) do update set state = 'stopped', sealed_segments = null where packets.state in ('prepared', 'stopped')
      returning change_id`.execute(database);
    if (rows.length === 0) throw failure('PIVOT_PASSED', `a segment for ICCID ${iccid} may have left already`);
  };
