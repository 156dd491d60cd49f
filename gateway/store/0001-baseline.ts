import { sql, type Migration } from 'kysely';

/** Tables of one gateway, made in the schema that `schema` names. */
export const baseline = (schema: string): Migration => ({
  async up(database) {
    const table = (name: string) => sql.id(schema, name);
    await sql`
      create table ${table('pool')} (
        only_row boolean primary key default true check (only_row),
        given_out integer not null default 0,
        -- Since when the pool is low, so that it is told once.
        low_since timestamptz
      )`.execute(database);
    await sql`insert into ${table('pool')} default values`.execute(database);
    await sql`
      create table ${table('subscribers')} (
        imsi text primary key,
        number integer unique,
        msisdn text,
        generation integer not null default 1,
        state text not null check (state in ('free', 'inUse', 'quarantined', 'deleting', 'deleted', 'removing', 'taken')),
        until timestamptz,
        updated_at timestamptz not null,
        -- What cards left at the HLR under the IMSI, as far as the gateway itself has to remember it.
        sqn bigint,
        seen_at timestamptz,
        refused_at timestamptz,
        held_at timestamptz
      )`.execute(database);
    await sql`create index on ${table('subscribers')} (state, until)`.execute(database);
    await sql`
      create table ${table('reservations')} (
        change_id text primary key,
        iccid text,
        imsi text references ${table('subscribers')},
        generation integer,
        state text not null check (state in ('reserving', 'reserved', 'attached', 'withdrawing', 'withdrawn', 'restoring')),
        lease_until timestamptz,
        updated_at timestamptz not null
      )`.execute(database);
    await sql`create index on ${table('reservations')} (state, lease_until)`.execute(database);
    await sql`
      create table ${table('consents')} (
        change_id text primary key,
        iccid text not null,
        imsi text not null,
        target_operator text not null,
        decision text check (decision in ('granted', 'refused')),
        reason text,
        asked_at timestamptz not null
      )`.execute(database);
    await sql`
      create table ${table('history')} (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        kind text not null,
        change_id text,
        imsi text,
        detail text
      )`.execute(database);
    await sql`create index on ${table('history')} (change_id)`.execute(database);
    await sql`create index on ${table('history')} (imsi)`.execute(database);
  },
});
