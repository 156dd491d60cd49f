import { RunningSystem } from '../support/running-system.ts';

describe('a subscription change on the real engines', () => {
  const system = new RunningSystem();
  afterAll(() => system.close());

  test('moves the card, ends with exactly one working subscription, and does each thing once', async () => {
    const iccid = await system.freshCard('operator-1');
    const changeId = await system.start(iccid, 'operator-2');
    const { change, timeline } = await system.end(changeId);

    expect(change).toMatchObject({
      state: 'completed',
      ended: true,
      source: 'operator-1',
      target: 'operator-2',
      code: null,
    });
    expect(timeline.map(({ state }) => state).filter((state) => state !== 'awaitingAttach')).toEqual([
      'requested',
      'reserving',
      'sending',
      'awaitingCard',
      'releasing',
      'completed',
    ]);
    expect(await system.device(iccid)).toMatchObject({ imsi: change.targetImsi, attached: true });
    expect(await system.desk.findCard(iccid)).toMatchObject({
      operator: 'operator-2',
      imsi: change.targetImsi,
      movedBy: changeId,
    });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
    expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'cardUpdated')).toEqual(['cardUpdated']);
    expect((await system.subscribers('operator-1')).find(({ imsi }) => imsi === change.sourceImsi)).toMatchObject({
      state: 'deleted',
      attached: false,
    });
    expect((await system.subscribers('operator-2')).find(({ imsi }) => imsi === change.targetImsi)).toMatchObject({
      state: 'active',
      attached: true,
    });
  });

  test('asks for consent where the agreement says so, and can bring the card back', async () => {
    const iccid = await system.freshCard('operator-2');
    const { change, timeline } = await system.end(await system.start(iccid, 'operator-1'));
    expect(change.state).toBe('completed');
    expect(timeline.map(({ state }) => state)).toContain('awaitingConsent');

    const back = await system.end(await system.start(iccid, 'operator-2'));
    expect(back.change.state).toBe('completed');
    expect(await system.device(iccid)).toMatchObject({ imsi: back.change.targetImsi, attached: true });
  });
});
