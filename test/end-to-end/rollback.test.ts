import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { sql } from 'kysely';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';

describe('a change that fails before the pivot', () => {
  const system = new RunningSystem({ STEP_PATIENCE_SECONDS: '4', STEP_ATTEMPT_SECONDS: '2' });
  afterEach(async () => {
    for (const element of ['operator-1', 'operator-2', 'smsc'] as const) await system.faults(element, {});
  });
  afterAll(() => system.close());

  /** The card is exactly as it was: on its device, at its operator, and in the registry. */
  async function expectAsBefore(iccid: Iccid, operator: OperatorId, imsi: string): Promise<void> {
    expect(await system.desk.findCard(iccid)).toMatchObject({ operator, imsi, movedBy: null });
    expect(await system.effects('smsc', { iccid })).not.toContain('cardUpdated');
    const subscriber = (await system.subscribers(operator)).find((one) => one.imsi === imsi);
    expect(subscriber).toMatchObject({ state: 'active' });
  }

  async function sourceImsi(iccid: Iccid): Promise<string> {
    return (await system.desk.findCard(iccid))?.imsi ?? '';
  }

  test('is rolled back when the HLR of the target is down for longer than the patience allows', async () => {
    const iccid = await system.freshCard('operator-1');
    const imsi = await sourceImsi(iccid);
    await system.faults('operator-2', { down: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'reserving');
    await eventually(async () => {
      expect(await system.desk.viewWorkflow({ changeId, iccid })).toMatchObject({
        running: true,
        waiting: [
          {
            step: 'reserveSubscriber',
            code: 'HLR_UNREACHABLE',
            message: expect.stringContaining('operator-2') as string,
          },
        ],
      });
    });
    setTimeout(() => void system.faults('operator-2', {}), 6_000);
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'HLR_UNREACHABLE' });
    expect(change.detail).toContain('operator-2');
    expect(await system.effects('operator-2', { changeId })).toEqual(['withdrawn']);
    await expectAsBefore(iccid, 'operator-1', imsi);
  });

  test('completes when the HLR of the target is down for a moment only', async () => {
    await system.faults('operator-2', { downFor: { calls: 2 } });
    const changeId = await system.start(await system.freshCard('operator-1'), 'operator-2');
    expect((await system.end(changeId)).change.state).toBe('completed');
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
  });

  test('is rolled back when the pool of the target is empty', async () => {
    const iccid = await system.freshCard('operator-1');
    const imsi = await sourceImsi(iccid);
    await system.faults('operator-2', { poolEmpty: true });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'rolledBack', code: 'IMSI_POOL_EMPTY' });
    await expectAsBefore(iccid, 'operator-1', imsi);
  });

  test('is rolled back when the pool of the target is empty before anybody is asked for consent', async () => {
    const iccid = await system.freshCard('operator-2');
    const imsi = await sourceImsi(iccid);
    await system.faults('operator-1', { poolEmpty: true });
    const changeId = await system.start(iccid, 'operator-1');
    const { change, timeline } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'IMSI_POOL_EMPTY' });
    expect(timeline.map(({ state }) => state)).toEqual(['requested', 'rolledBack']);
    expect(await system.effects('operator-2', { changeId })).toEqual([]);
    await expectAsBefore(iccid, 'operator-2', imsi);
  });

  test('is rolled back when the admin code can not be opened, and the reserved IMSI goes to quarantine', async () => {
    const iccid = await system.freshCard('operator-1');
    const imsi = await sourceImsi(iccid);
    await sql`update cards set sealed_adm1 = sealed_kic where iccid = ${iccid}`.execute(system.resources.database);
    const changeId = await system.start(iccid, 'operator-2');
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_UNKNOWN' });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
    await expectAsBefore(iccid, 'operator-1', imsi);
  });

  test('is rolled back when the source operator refuses its consent, before anything is reserved', async () => {
    const iccid = await system.freshCard('operator-2');
    const imsi = await sourceImsi(iccid);
    await system.faults('operator-2', { consent: 'refused' });
    const changeId = await system.start(iccid, 'operator-1');
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'CONSENT_REFUSED' });
    expect(await system.effects('operator-1', { changeId })).toEqual([]);
    await expectAsBefore(iccid, 'operator-2', imsi);
  });

  test('is rolled back when the SMSC refuses the message, since no segment has left then', async () => {
    const iccid = await system.freshCard('operator-1');
    const imsi = await sourceImsi(iccid);
    await system.faults('smsc', { refuse: 'ESME_RINVDSTADR' });
    const changeId = await system.start(iccid, 'operator-2');
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'SMSC_REFUSED' });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
    await expectAsBefore(iccid, 'operator-1', imsi);
  });

  test('is rejected without a trace at any operator when the card is not registered', async () => {
    const { change, timeline } = await system.end(await system.start('8999901000000999993' as Iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'rejected', code: 'ICCID_UNKNOWN' });
    expect(timeline).toHaveLength(1);
  });

  test('can be tried again at once, and then completes', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { poolEmpty: true });
    expect((await system.end(await system.start(iccid, 'operator-2'))).change.state).toBe('rolledBack');
    await system.faults('operator-2', {});
    expect((await system.end(await system.start(iccid, 'operator-2'))).change.state).toBe('completed');
  });
});

describe('a change that meets trouble after the pivot', () => {
  const system = new RunningSystem({
    ATTACH_POLL_SECONDS: '1',
    ATTACH_DEADLINE_SECONDS: '3',
    RELEASE_PATIENCE_SECONDS: '4',
  });
  afterEach(async () => {
    for (const element of ['operator-1', 'operator-2', 'smsc'] as const) await system.faults(element, {});
  });
  afterAll(() => system.close());

  test('is parked in doubt while the card is silent, keeps both subscriptions, and completes on late evidence', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { delayMs: 7_000 });
    const changeId = await system.start(iccid, 'operator-2');
    const parked = await system.end(changeId);
    expect(parked.change).toMatchObject({ state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
    expect(await system.effects('operator-1', { imsi: parked.change.sourceImsi ?? '' })).not.toContain('barred');

    await system.reaches(changeId, 'completed');
    expect(await system.device(iccid)).toMatchObject({ attached: true, network: '00102' });
  });

  test('finds the attach by asking the HLR when no event ever arrives', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { holdEvents: true });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
  });

  test('goes on when the PoR is lost, since the attach says more', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { dropPor: true });
    const { change, timeline } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
    expect(timeline.map(({ state }) => state)).not.toContain('awaitingAttach');
  });

  test('is rolled back when the card refuses the admin code, and does not try again', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { wrongAdminCode: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
    expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'adminCodeRefused')).toHaveLength(1);
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);

    const again = await system.end(await system.start(iccid, 'operator-2'));
    expect(again.change).toMatchObject({ state: 'rejected', code: 'ADMIN_CODE_WRONG' });
    expect(again.change.detail).toContain(changeId);
  });

  test('ends with the release pending when the old operator refuses to let go, and the card stays moved', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-1', { releaseRefused: true });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'completedReleasePending', code: 'RELEASE_REFUSED' });
    expect(await system.desk.findCard(iccid)).toMatchObject({ operator: 'operator-2', imsi: change.targetImsi });
  });

  test('survives throttling, duplicated and reordered deliveries and events', async () => {
    await system.faults('smsc', { throttleFirst: 2, duplicateDeliveries: true });
    await system.faults('operator-2', { duplicateEvents: true, reorderEvents: true });
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
    expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'cardUpdated')).toHaveLength(1);
  });
});
