import { v4 as uuidv4 } from 'uuid';
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
