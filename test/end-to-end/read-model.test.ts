import { sql } from 'kysely';
import { rebuiltOtherwise } from '../chaos/rebuild.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('the read model', () => {
  const system = new RunningSystem({ STEP_PATIENCE_SECONDS: '2' });
  afterAll(() => system.close());

  const rows = async () =>
    (await sql<Record<string, unknown>>`select * from changes order by change_id`.execute(system.resources.database))
      .rows;

  test('comes out equal when it is computed anew from the timeline, also after it was damaged', async () => {
    await system.end(await system.start(await system.freshCard('operator-1'), 'operator-2'));
    await system.faults('operator-2', { poolEmpty: true });
    await system.end(await system.start(await system.freshCard('operator-1'), 'operator-2'));
    await system.faults('operator-2', {});
    const before = await rows();
    expect(before.length).toBeGreaterThan(1);

    await sql`update changes set state = 'requested', target_imsi = null, sequence = 1`.execute(
      system.resources.database,
    );
    await sql`delete from changes where change_id in (select change_id from changes limit 1)`.execute(
      system.resources.database,
    );
    expect(await rows()).not.toEqual(before);

    expect(await system.desk.rebuildReadModel()).toBe(before.length);
    expect(await rows()).toEqual(before);
  });

  test('says why a change is in its state, and beside that what was done in it last', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { silentCards: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    const before = await system.desk.findChange(changeId);
    expect(before).toMatchObject({ lastAction: null, lastActionBy: null });
    const wish = { action: 'cancel', actor: 'user:ann', reason: 'ordered by mistake' } as const;
    await eventually(async () => {
      expect(await system.desk.supportChange({ changeId, iccid }, wish)).toMatchObject({ kind: 'done' });
      expect(await system.desk.findChange(changeId)).toMatchObject({
        ...{ state: 'awaitingCard', detail: before?.detail },
        ...{ lastAction: 'cancel is asked for: ordered by mistake', lastActionBy: 'user:ann' },
      });
    });
    await system.faults('smsc', {});
    // The question that the wish has caused may have gone to the card while it was silent.
    await system.desk.supportChange({ changeId, iccid }, { ...wish, action: 'askCard' });
    expect((await system.end(changeId)).change).toMatchObject({ lastAction: null, lastActionBy: null });
  });

  test('calls somebody for a code once, and not again for what is done about it', async () => {
    const hasty = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '2' });
    try {
      const iccid = await hasty.freshCard('operator-1');
      await hasty.faults('smsc', { asleep: [iccid] });
      const changeId = await hasty.start(iccid, 'operator-2');
      await hasty.reaches(changeId, 'inDoubt');
      const wish = { action: 'retryNow', actor: 'user:ann', reason: 'the meter is on' } as const;
      await eventually(async () => {
        expect(await hasty.desk.supportChange({ changeId, iccid }, wish)).toMatchObject({ kind: 'done' });
      });
      const { rows } = await sql<{ state: string; code: string | null; alert: string | null }>`
        select state, data->>'code' as code, data->>'alert' as alert from timeline
        where change_id = ${changeId}::uuid and state = 'inDoubt' order by sequence`.execute(hasty.resources.database);
      const [first, ...acted] = rows;
      expect(first).toEqual({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN', alert: 'ticket' });
      expect(acted.length).toBeGreaterThan(0);
      for (const entry of acted) expect(entry).toEqual({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN', alert: null });
      await hasty.faults('smsc', {});
      await hasty.end(changeId);
    } finally {
      await hasty.close();
    }
  });

  test('has every row named that comes out otherwise when it is computed anew', async () => {
    const changeId = await system.start(await system.freshCard('operator-1'), 'operator-2');
    await system.end(changeId);
    const { database } = system.resources;
    expect(await rebuiltOtherwise(database)).toEqual([]);
    await sql`update changes set state = 'requested' where change_id = ${changeId}::uuid`.execute(database);
    const [finding, ...others] = await rebuiltOtherwise(database);
    expect(finding).toMatchObject({ kind: 'readModelWrong', changeId });
    expect(finding?.detail).toContain('state "requested" becomes "completed"');
    expect(others).toEqual([]);
    expect(await rebuiltOtherwise(database)).toEqual([]);
  });

  test('has a source that nobody can rewrite: the timeline takes no update and no delete', async () => {
    await expect(sql`update timeline set state = 'completed'`.execute(system.resources.database)).rejects.toThrow(
      'append-only',
    );
    await expect(sql`delete from timeline`.execute(system.resources.database)).rejects.toThrow('append-only');
    await expect(sql`truncate timeline`.execute(system.resources.database)).rejects.toThrow('append-only');
  });
});
