import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a target that does not register the card', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '6' });
  afterEach(() => system.faults('operator-2', {}));
  afterAll(() => system.close());

  test.each([
    ['roamingNotAllowed', 'roaming is not allowed there'],
    ['accessTechnologyNotAllowed', 'the access technology is not allowed'],
    ['noPacketSubscription', 'no subscription, or no access point, fits'],
  ])(
    'a card that the target does not register for %s is parked with that cause, and completes once the target lets it in',
    async (refuseUpdates, says) => {
      const iccid = await system.freshCard('operator-1');
      await system.faults('operator-2', { refuseUpdates });
      const changeId = await system.start(iccid, 'operator-2');
      const parked = await eventually(async () => {
        const { change, timeline } = await system.end(changeId);
        expect(change).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED' });
        return { change, timeline };
      });
      expect(parked.change.detail).toContain(says);
      expect(parked.timeline.map(({ state, code }) => `${state} ${String(code)}`)).toContain(
        'awaitingAttach ATTACH_REFUSED',
      );
      expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
      const old = (await system.subscribers('operator-1')).find(({ imsi }) => imsi === parked.change.sourceImsi);
      expect(old).toMatchObject({ state: 'active' });

      await system.faults('operator-2', {});
      await system.attachedAt(iccid, '00102');
      await eventually(async () => {
        expect(await system.desk.findChange(changeId)).toMatchObject({ state: 'completed' });
      });
    },
  );
});
