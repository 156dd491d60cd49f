import { sql, type Migration } from 'kysely';

/** The row says why the change came to its state, and beside that what was done in it last, and by whom. */
export const lastAction: Migration = {
  up: async (database) => {
    await sql`
alter table changes add column last_action text, add column last_action_by text;

create or replace function project(entry timeline) returns void language plpgsql as $$
declare
  stays boolean;
begin
  if entry.sequence = 1 then
    insert into changes values (
      entry.change_id, entry.data->>'iccid', entry.data->>'target', entry.data->>'source', entry.data->>'sourceImsi', null,
      entry.state, coalesce((entry.data->>'ended')::boolean, false), entry.sequence, entry.data->>'code', entry.cause,
      entry.data->>'requestedBy', entry.data->>'requestId', entry.data->>'reason', entry.at, entry.at);
  else
    select state = entry.state and code is not distinct from entry.data->>'code' into stays
    from changes where change_id = entry.change_id;
    update changes set
      state = entry.state, ended = coalesce((entry.data->>'ended')::boolean, false), sequence = entry.sequence,
      code = entry.data->>'code',
      detail = case when stays then detail else entry.cause end,
      last_action = case when stays then entry.cause end,
      last_action_by = case when stays then entry.actor end,
      target_imsi = coalesce(entry.data->>'targetImsi', target_imsi), updated_at = entry.at
    where change_id = entry.change_id and sequence < entry.sequence;
  end if;
end $$;

select rebuild_changes();
`.execute(database);
  },
};
