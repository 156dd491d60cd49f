import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a change that no orchestrator takes', () => {
  const nobody = new RunningSystem({ TASK_QUEUE: 'a-queue-that-nobody-serves' });
  afterAll(() => nobody.close());

  test('is found by its id and by its card, and waits for an orchestrator since it was started', async () => {
    const iccid = await nobody.freshCard('operator-1');
    const changeId = await nobody.start(iccid, 'operator-2');
    try {
      expect(await nobody.desk.findChange(changeId)).toBeUndefined();
      for (const asked of [changeId, iccid])
        expect(await nobody.desk.findUnrecorded(asked)).toMatchObject({ changeId, iccid, target: 'operator-2' });
      await eventually(async () => {
        const { running, notTakenSince } = await nobody.desk.viewWorkflow({ changeId, iccid });
        expect({ running, isTaken: notTakenSince === null }).toEqual({ running: true, isTaken: false });
      });
    } finally {
      await nobody.terminate(iccid);
    }
    expect(await nobody.desk.findUnrecorded(iccid)).toBeUndefined();
  });

  test('is not found by what is neither a change nor a card', async () => {
    for (const asked of ['0198c0de-0000-7000-8000-000000000099', 'nonsense', ''])
      expect(await nobody.desk.findUnrecorded(asked)).toBeUndefined();
  });
});
