import { sql, type Migration } from 'kysely';

const RECORD_STATE = `
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
    and (p_state = 'reopened' or not exists (select from changes where change_id = p_change_id and ended))
  on conflict do nothing
  returning * into entry;
  if not found then
    return false;
  end if;
  perform project(entry);
  insert into outbox (change_id, sequence) values (p_change_id, p_sequence);
  return true;
end $$;
`;

/** A change that has its end is not ended again, nor opened by a workflow that has not heard of it: only `reopened` may follow. */
export const oneEnd: Migration = {
  async up(database) {
    await sql.raw(RECORD_STATE).execute(database);
  },
};
