import { RunningSystem } from '../support/running-system.ts';

describe('a change whose packet may have left', () => {
  const system = new RunningSystem();
  afterAll(async () => {
    await system.faults('smsc', {});
    await system.close();
  });

  test('names both subscriptions, also when the SMSC has not taken the packet yet', async () => {
    await system.faults('smsc', { refuse: 'ESME_RTHROTTLED' });
    const iccid = await system.freshCard('operator-1');
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'sending');
    const change = await system.desk.findChange(changeId);
    expect(change).toMatchObject({ state: 'sending', targetImsi: expect.stringMatching(/^00102\d+$/) as string });
    expect(change?.sourceImsi).toMatch(/^00101/);
    await system.faults('smsc', {});
    expect((await system.end(changeId)).change.targetImsi).toBe(change?.targetImsi);
  });
});
