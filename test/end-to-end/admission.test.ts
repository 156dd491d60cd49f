import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Agreement } from '../../services/registry/agreements.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { demoNetwork } from '../../workers/demo-network.ts';
import { registryActivities } from '../../activities/change/registry/index.ts';
import { policyOf } from '../../workers/application.ts';
import { RunningSystem } from '../support/running-system.ts';

const DAY_MILLISECONDS = 86_400_000;

describe('the admission of a change', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  const folder = mkdtempSync(join(tmpdir(), 'rehome-admission-'));
  const before = demoNetwork(system.config).agreements;

  const agreeing = (terms: Partial<Agreement>) =>
    system.desk.registerNetwork({
      ...{ smscs: [], operators: [] },
      agreements: before.map((agreement) => ({
        ...agreement,
        ...(agreement.source === 'operator-1' && terms),
      })) as typeof before,
    });
  const asked = (iccid: Iccid) => ({ iccid, target: 'operator-2', requestedBy: 'user:test' });
  const rejection = async (iccid: Iccid) => {
    const { change, timeline } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'rejected', ended: true, sequence: 1, targetImsi: null });
    return { change, entry: timeline[0], reason: change.detail };
  };
  const changesOf = async (iccid: Iccid) =>
    (await sql`select from changes where iccid = ${iccid}`.execute(database)).rows.length;

  afterEach(() => agreeing({}));
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });

  test('keeps a blocked card where it is, says by whom and why, and lets it go once the block is taken away', async () => {
    const iccid = await system.freshCard('operator-1');
    expect(await system.desk.blockCard({ iccid, by: 'user:bob', reason: 'stolen' })).toMatchObject({
      ...{ kind: 'blocked', before: false, openChange: null },
      block: { by: 'user:bob', reason: 'stolen' },
    });
    const again = await system.desk.blockCard({ iccid, by: 'user:eve', reason: 'another reason' });
    expect(again).toMatchObject({ before: true, block: { by: 'user:bob', reason: 'stolen' } });
    const { block } = (await system.desk.findCard(iccid)) ?? {};
    expect(block).toMatchObject({ by: 'user:bob', reason: 'stolen' });

    const reason = `card ${iccid}, blocked by user:bob at ${block?.at.toISOString()}: stolen`;
    const told = { code: 'CARD_BLOCKED', rule: 'card.blocked' };
    expect(await system.desk.checkChange(asked(iccid))).toEqual({ kind: 'rejected', reason, ...told });
    const rejected = await rejection(iccid);
    expect(rejected.change).toMatchObject({ detail: reason, ...told });
    expect(rejected.entry).toMatchObject({ cause: reason, ...told });

    expect(await system.desk.unblockCard({ iccid, by: 'user:ada', reason: 'found' })).toEqual({
      kind: 'unblocked',
      was: block,
    });
    expect(await system.desk.unblockCard({ iccid, by: 'user:ada' })).toEqual({ kind: 'notBlocked' });
    const { rows } = await sql`
      select reason, blocked_by, unblocked_by, unblock_reason from card_blocks where iccid = ${iccid}`.execute(
      database,
    );
    expect(rows).toEqual([
      { reason: 'stolen', blocked_by: 'user:bob', unblocked_by: 'user:ada', unblock_reason: 'found' },
    ]);
    expect((await system.end(await system.start(iccid, 'operator-2'))).change.state).toBe('completed');
  });

  test('lets a change go on whose card is blocked meanwhile, and whoever blocks it is told', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { delayMs: 1_500 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'requested');
    const answer = await system.desk.blockCard({ iccid, by: 'user:bob', reason: 'stolen' });
    expect(answer).toMatchObject({ kind: 'blocked', openChange: changeId });
    expect(await system.desk.checkChange(asked(iccid))).toMatchObject({ code: 'CHANGE_IN_PROGRESS' });
    await system.faults('operator-2', {});
    expect((await system.end(changeId)).change.state).toBe('completed');
    expect((await system.desk.findCard(iccid))?.block).toMatchObject({ reason: 'stolen' });
  });

  test('is not blocked for a card that nobody registered', async () => {
    const nobody = { iccid: '8999977000000000005', by: 'user:bob', reason: 'stolen' };
    expect(await system.desk.blockCard(nobody)).toEqual({ kind: 'unknown' });
    expect(await system.desk.unblockCard(nobody)).toEqual({ kind: 'unknown' });
  });

  test('keeps a card for its minimum stay from the import on, and from the day on that a change brought it', async () => {
    const [stays, leaves] = await system.freshCards('operator-1', 2);
    if (stays === undefined || leaves === undefined) throw new Error('two cards are needed');
    await agreeing({ minimumStayDays: 30 });
    const { cameAt } = (await system.desk.findCard(stays)) ?? {};
    const from = Math.ceil(((cameAt?.getTime() ?? 0) + 30 * DAY_MILLISECONDS) / 1_000) * 1_000;
    const { change, reason } = await rejection(stays);
    expect(change).toMatchObject({ code: 'MINIMUM_STAY', rule: 'agreement.minimumStayDays' });
    expect(reason).toContain(
      `agreement operator-1 → operator-2, minimumStayDays 30: may leave from ${new Date(from).toISOString().replace('.000Z', 'Z')}`,
    );

    await sql`update cards set came_at = came_at - interval '30 days' where iccid = ${leaves}`.execute(database);
    expect((await system.end(await system.start(leaves, 'operator-2'))).change.state).toBe('completed');
    const moved = await system.desk.findCard(leaves);
    const timeline = await system.desk.readTimeline(moved?.movedBy ?? '');
    const attach = timeline.find(({ state }) => state === 'releasing')?.at.getTime() ?? 0;
    expect(Math.abs((moved?.cameAt.getTime() ?? 0) - attach)).toBeLessThan(1_000);
  });

  test('refuses a card whose own list of targets lacks the operator', async () => {
    const iccid = await system.freshCard('operator-1');
    await sql`update cards set targets = array['operator-1'] where iccid = ${iccid}`.execute(database);
    const { change, reason } = await rejection(iccid);
    expect(change).toMatchObject({ code: 'TARGET_NOT_ALLOWED', rule: 'card.targets' });
    expect(reason).toBe(`card ${iccid}, targets operator-1: it may not go to operator-2`);
  });

  test('refuses a card of a kind that the agreement does not let go', async () => {
    const iccid = await system.freshCard('operator-1');
    await agreeing({ cardProfiles: ['rfm-aes'] });
    const { change } = await rejection(iccid);
    expect(change).toMatchObject({ code: 'TARGET_NOT_ALLOWED', rule: 'agreement.cardProfiles' });
  });

  test('is asked for in a dry run, which tells the terms and records nothing', async () => {
    const iccid = await system.freshCard('operator-1');
    await agreeing({ consent: 'ask', overlapHours: 1.5, releaseDays: 14 });
    expect(await system.desk.checkChange(asked(iccid))).toMatchObject({
      ...{ kind: 'admitted', source: 'operator-1', askConsent: true, overlapSeconds: 5_400, releaseDays: 14 },
    });
    await agreeing({ consent: 'askForDeviceRequests' });
    const check = await system.desk.checkChange(asked(iccid));
    expect(check).toMatchObject({ kind: 'admitted', askConsent: false });
    expect(check).not.toHaveProperty('overlapSeconds');
    expect(await changesOf(iccid)).toBe(0);
  });

  test('is told again as it was told before when the answer was lost, whatever holds by now', async () => {
    const [admitted, rejected] = await system.freshCards('operator-1', 2);
    if (admitted === undefined || rejected === undefined) throw new Error('two cards are needed');
    const registry = registryActivities(system.resources);
    const changeId = uuidv7();
    const ask = (iccid: Iccid, id = uuidv7()) => {
      const policy = policyOf(system.config.settings);
      return () => registry.admitChange({ ...asked(iccid), changeId: id, requestId: id, sequence: 1, policy });
    };
    const [first, second] = [ask(admitted, changeId), ask(rejected)];
    await system.desk.blockCard({ iccid: rejected, by: 'user:bob', reason: 'stolen' });
    const [yes, no] = [await first(), await second()];
    expect([yes.kind, no]).toEqual([
      'admitted',
      expect.objectContaining({ code: 'CARD_BLOCKED', rule: 'card.blocked' }),
    ]);
    await system.desk.blockCard({ iccid: admitted, by: 'user:bob', reason: 'stolen' });
    await system.desk.unblockCard({ iccid: rejected, by: 'user:bob' });
    expect([await first(), await second()]).toEqual([yes, no]);
    const end = { state: 'cancelled', actor: 'user:test', cause: 'a test', code: 'CANCELLED' } as const;
    await registry.recordState({ changeId, iccid: admitted, sequence: 2, ...end });
  });

  test('is never decided by an agreement with a card profile that nobody knows: the file is refused', async () => {
    const file = join(folder, 'network.json');
    const agreement = { source: 'operator-1', target: 'operator-2', consent: 'none', cardProfiles: ['cpa-ase'] };
    writeFileSync(file, JSON.stringify({ smscs: [], operators: [], agreements: [agreement] }));
    await expect(system.desk.importOperators(file)).rejects.toMatchObject({
      name: 'NetworkFileError',
      message: expect.stringContaining('from operator-1 to operator-2: cpa-ase is no card profile') as string,
    });
  });
});
