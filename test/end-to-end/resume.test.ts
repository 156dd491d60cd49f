import { request } from 'undici';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a change whose workflow was lost', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '60' });
  afterEach(async () => {
    await system.faults('smsc', {});
    await system.faults('operator-2', {});
  });
  afterAll(() => system.close());

  async function restartDevice(iccid: Iccid): Promise<void> {
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
  }

  test('blocks its card, is resumed, and ends with each effect once', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { delayMs: 3_000 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    await system.terminate(iccid);
    expect(await system.desk.viewWorkflow({ changeId, iccid })).toMatchObject({ running: false, waiting: [] });

    const second = await system.end(await system.start(iccid, 'operator-2'));
    expect(second.change).toMatchObject({ state: 'rejected', code: 'EARLIER_CHANGE_OPEN' });
    expect(second.change.detail).toContain(`change ${changeId} of ICCID ${iccid} is still open`);
    expect((await system.desk.findChange(iccid))?.changeId).toBe(changeId);

    expect(await system.desk.resumeChange(iccid)).toEqual({ kind: 'resumed' });
    expect(await system.desk.resumeChange(changeId)).toEqual({ kind: 'running', changeId });
    const { change, timeline } = await system.end(changeId);
    expect(change.state).toBe('completed');
    expect(timeline.map(({ state }) => state).filter((state) => state === 'completed')).toHaveLength(1);
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
    expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'cardUpdated')).toHaveLength(1);
    expect(await system.desk.resumeChange(changeId)).toEqual({ kind: 'ended', state: 'completed' });
  });

  test('is linked to its own run after its end, also when a later change of the card has one', async () => {
    const iccid = await system.freshCard('operator-1');
    const first = await system.start(iccid, 'operator-2');
    await system.end(first);
    const { runId } = await system.desk.viewWorkflow({ changeId: first, iccid });
    await system.faults('operator-2', { consent: 'refused' });
    const second = await system.start(iccid, 'operator-1');
    await system.end(second);
    await system.faults('operator-2', {});
    const seen = await system.desk.viewWorkflow({ changeId: first, iccid });
    expect(seen).toMatchObject({ running: false, runId });
    expect((await system.desk.viewWorkflow({ changeId: second, iccid })).runId).not.toBe(runId);
    expect(system.desk.workflowLink({ changeId: first, iccid, runId })).toContain(String(runId));
  });

  test('finds an attach that happened while it had no workflow', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { delayMs: 1_000 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    await system.terminate(iccid);
    await system.attachedAt(iccid, '00102');

    expect(await system.desk.resumeChange(changeId)).toEqual({ kind: 'resumed' });
    expect((await system.end(changeId)).change.state).toBe('completed');
  });

  test('is rolled back for the reason that was recorded, when its subscriber was withdrawn and no end was recorded', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { wrongAdminCode: [iccid], delayMs: 1_000 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    // The withdrawal is under way for so long that its workflow is lost before it can hear of it.
    await system.faults('operator-2', { delayMs: 1_500 });
    await eventually(async () => {
      expect((await system.desk.readTimeline(changeId)).map(({ cause }) => cause).join()).toContain('rolling back');
    });
    await system.terminate(iccid);
    await eventually(async () => {
      expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
    });
    await system.faults('operator-2', {});

    expect(await system.desk.resumeChange(changeId)).toEqual({ kind: 'resumed' });
    const { change, timeline } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
    expect(timeline.map(({ state }) => state)).not.toContain('reopened');
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
    expect(await system.device(iccid)).toMatchObject({ imsi: change.sourceImsi, attached: true });
  });

  test('is told what the card had answered before, which does not come again', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { ignoreRefresh: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    await system.terminate(iccid);

    expect(await system.desk.resumeChange(changeId)).toEqual({ kind: 'resumed' });
    await eventually(async () => {
      const states = (await system.desk.readTimeline(changeId)).map(({ state }) => state);
      expect(states.filter((state) => state === 'awaitingAttach')).toHaveLength(2);
    });
    await restartDevice(iccid);
    expect((await system.end(changeId)).change.state).toBe('completed');
  });
});
