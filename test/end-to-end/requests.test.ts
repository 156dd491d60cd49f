import { setTimeout as delay } from 'node:timers/promises';
import { defineSearchAttributeKey } from '@temporalio/common';
import { v4 as uuidv4 } from 'uuid';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { SEARCH_ATTRIBUTES, SUBSCRIPTION_CHANGE, changeWorkflowId } from '../../workflows/shared/contract.ts';
import { requestedByDevice } from '../../application/requests.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a request for a change', () => {
  const system = new RunningSystem();
  afterEach(() => system.faults('operator-2', {}));
  afterAll(() => system.close());

  test('made again with the same request id returns the same change, while it runs and after it ended', async () => {
    const iccid = await system.freshCard('operator-1');
    const requestId = uuidv4();
    const request = { iccid, target: 'operator-2', requestedBy: 'user:test', requestId };
    const answers = await Promise.all(Array.from({ length: 5 }, () => system.desk.requestChange(request)));
    const ids = new Set(answers.map((answer) => (answer.kind === 'started' ? answer.changeId : answer.code)));
    expect(ids.size).toBe(1);
    const [changeId = ''] = ids;
    await system.end(changeId);
    expect(await system.desk.requestChange(request)).toMatchObject({ kind: 'started', changeId, repeated: true });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
  });

  test('for a card that is being changed is refused with the id of the running change', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { delayMs: 1_500 });
    const changeId = await system.start(iccid, 'operator-2');
    expect(await system.desk.requestChange({ iccid, target: 'operator-2', requestedBy: 'user:test' })).toMatchObject({
      kind: 'refused',
      code: 'CHANGE_IN_PROGRESS',
      runningChangeId: changeId,
    });
    expect((await system.end(changeId)).change.state).toBe('completed');
  });

  test('of a device that was refused is not carried out later: the card can not take back what it has signed', async () => {
    const iccid = await system.freshCard('operator-1');
    const signed = { iccid, requestedBy: requestedByDevice(iccid), requestId: `device/${iccid}/6` };
    const back = { ...signed, target: 'operator-1' };
    await system.faults('operator-2', { delayMs: 1_500 });
    const changeId = await system.start(iccid, 'operator-2');
    const refusal = await system.desk.requestChange(back);
    expect(refusal).toMatchObject({ kind: 'refused', code: 'CHANGE_IN_PROGRESS' });
    expect((await system.end(changeId)).change.state).toBe('completed');
    expect(await system.desk.requestChange(back)).toMatchObject({ kind: 'refused', code: 'CHANGE_IN_PROGRESS' });
  });

  /** Plays the moment between the record of the end and the close of the workflow: one of this change that nobody carries on. */
  async function leaveOpen(
    iccid: Iccid,
    changeId: string,
  ): Promise<{ closeAfter(milliseconds: number): Promise<void> }> {
    const connection = await system.resources.client();
    const client = system.resources.workflows(connection);
    const workflowId = changeWorkflowId(system.resources.index.hash(iccid));
    await client.getHandle(workflowId).result();
    const handle = await client.start(SUBSCRIPTION_CHANGE, {
      workflowId,
      taskQueue: 'served by nobody',
      args: [],
      typedSearchAttributes: [{ key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD'), value: changeId }],
    });
    return {
      closeAfter: async (milliseconds) => {
        await delay(milliseconds);
        await handle.terminate('a test plays the end');
        await connection.close();
      },
    };
  }

  const endedChange = async () => {
    const iccid = await system.freshCard('operator-1');
    const changeId = await system.start(iccid, 'operator-2');
    await system.end(changeId);
    return { iccid, changeId };
  };

  test('made when the last change has been seen to end, and before its workflow closes, waits and is started', async () => {
    const { iccid, changeId } = await endedChange();
    const open = await leaveOpen(iccid, changeId);
    const asked = system.desk.requestChange({ iccid, target: 'operator-1', requestedBy: 'user:test' });
    await open.closeAfter(1_000);
    const answer = await asked;
    if (answer.kind === 'refused') throw new Error(answer.reason);
    expect((await system.end(answer.changeId)).change.state).toBe('completed');
  });

  test('is refused in the end when the workflow of an ended change does not close, and says so', async () => {
    const { iccid, changeId } = await endedChange();
    const open = await leaveOpen(iccid, changeId);
    expect(await system.desk.requestChange({ iccid, target: 'operator-1', requestedBy: 'user:test' })).toEqual({
      kind: 'refused',
      code: 'CHANGE_IN_PROGRESS',
      reason: `change ${changeId} of ICCID ${iccid} has ended, but its workflow has not closed yet; nothing was started: ask again`,
      runningChangeId: changeId,
    });
    await open.closeAfter(0);
  });

  test('is refused when its request id was used for another card', async () => {
    const [first, second] = await system.freshCards('operator-1', 2);
    if (first === undefined || second === undefined) throw new Error('two cards are needed');
    const requestId = uuidv4();
    const changeId = await system.start(first, 'operator-2', requestId);
    expect(
      await system.desk.requestChange({ iccid: second, target: 'operator-2', requestedBy: 'user:test', requestId }),
    ).toMatchObject({ kind: 'refused', code: 'REQUEST_ID_REUSED' });
    await system.end(changeId);
  });
});
