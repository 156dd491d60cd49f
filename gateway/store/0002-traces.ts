import { sql, type Migration } from 'kysely';

/** What cards left at the HLR under an IMSI, as far as the gateway itself has to remember it; and reservations that come back. */
export const traces = (schema: string): Migration => ({
  async up(database) {
    const table = (name: string) => sql.id(schema, name);
    await sql`
      alter table ${table('subscribers')}
        add column sqn bigint, add column seen_at timestamptz,
        add column refused_at timestamptz, add column held_at timestamptz`.execute(database);
    await sql`alter table ${table('reservations')} drop constraint reservations_state_check`.execute(database);
    await sql`
      alter table ${table('reservations')} add constraint reservations_state_check
        check (state in ('reserving', 'reserved', 'attached', 'withdrawing', 'withdrawn', 'restoring'))`.execute(
      database,
    );
  },
});
