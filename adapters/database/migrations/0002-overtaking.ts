import { sql, type Migration } from 'kysely';

const TABLES = `
alter table packets add column submissions integer not null default 0;
create index cards_by_imsi on cards (imsi);
`;

const TIMELINE = `
create or replace function project(entry timeline) returns void language plpgsql as $$
begin
  if entry.sequence = 1 then
    insert into changes values (
      entry.change_id, entry.data->>'iccid', entry.data->>'target', entry.data->>'source', entry.data->>'sourceImsi', null,
      entry.state, coalesce((entry.data->>'ended')::boolean, false), entry.sequence, entry.data->>'code', entry.cause,
      entry.data->>'requestedBy', entry.data->>'requestId', entry.data->>'reason', entry.at, entry.at);
  else
    update changes set
      state = entry.state, ended = coalesce((entry.data->>'ended')::boolean, false), sequence = entry.sequence,
      code = entry.data->>'code', detail = entry.cause,
      target_imsi = coalesce(entry.data->>'targetImsi', target_imsi), updated_at = entry.at
    where change_id = entry.change_id and sequence < entry.sequence;
  end if;
end $$;

-- Appends one state with its projection and its event. A number that is there already, or was overtaken, changes nothing: two
-- attempts that record at the same moment wait for one another at the row of their change.
create or replace function record_state(
  p_change_id uuid, p_sequence integer, p_state text, p_cause text, p_actor text, p_data jsonb
) returns boolean language plpgsql as $$
declare
  entry timeline;
begin
  perform from changes where change_id = p_change_id for update;
  insert into timeline (change_id, sequence, state, cause, actor, data)
  select p_change_id, p_sequence, p_state, p_cause, p_actor, p_data
  where not exists (select from timeline where change_id = p_change_id and sequence >= p_sequence)
  on conflict do nothing
  returning * into entry;
  if not found then
    return false;
  end if;
  perform project(entry);
  insert into outbox (change_id, sequence) values (p_change_id, p_sequence);
  return true;
end $$;

create or replace function rebuild_changes() returns bigint language plpgsql as $$
declare
  entry timeline;
  rebuilt bigint;
begin
  -- In the order in which record_state locks, so that the two never wait for each other in a ring.
  lock table changes in exclusive mode;
  lock table timeline in share mode;
  delete from changes;
  for entry in select * from timeline order by change_id, sequence loop
    perform project(entry);
  end loop;
  select count(*) into rebuilt from changes;
  return rebuilt;
end $$;
`;

/** What holds when one attempt overtakes another: at the packet's pivot, and in the timeline. */
export const overtaking: Migration = {
  async up(database) {
    for (const part of [TABLES, TIMELINE]) await sql.raw(part).execute(database);
  },
};
