import { Alarm } from '../../../adapters/alarm.ts';
import { SendRate } from '../../../adapters/smsc/send-rate.ts';
import type { SmscSession, SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import { boundTo, SEGMENT, SmscPeer, until } from './smsc-peer.ts';

describe('the bind to an SMSC that throttles', () => {
  let peer: SmscPeer;
  let session: SmscSession;

  beforeEach(() => {
    peer = new SmscPeer();
  });
  afterEach(async () => {
    await session.stop();
    await peer.close();
  });

  async function bind(options: Partial<SmscSessionOptions> = {}): Promise<void> {
    ({ session } = await boundTo(peer, options));
  }

  test('offers nothing while the bind rests for longer than an attempt may wait, and says when to come back', async () => {
    let tries = 0;
    peer.onPdu = (pdu) => {
      tries += 1;
      peer.answer(pdu, { command_status: 0x58 });
    };
    await bind({ throttlePatienceMilliseconds: 0 });
    const throttled = { type: 'SMSC_THROTTLED', nextRetryDelay: 2_000 };
    await expect(session.submit(SEGMENT)).rejects.toMatchObject(throttled);
    await expect(session.submit(SEGMENT)).rejects.toMatchObject(throttled);
    expect(() => {
      session.requireBind();
    }).toThrow('smsc-9 throttles, and the bind rests');
    expect(tries).toBe(1);
  });

  test('goes on as fast as before once an SMSC that throttled has taken a segment', async () => {
    let tries = 0;
    peer.onPdu = (pdu) => {
      tries += 1;
      peer.answer(pdu, tries === 1 ? { command_status: 0x58 } : { message_id: 'a1' });
    };
    await bind({ throttlePatienceMilliseconds: 100, longestPauseMilliseconds: 10 });
    expect(await session.submit(SEGMENT)).toBe('a1');
    expect(await Promise.all([session.submit(SEGMENT), session.submit(SEGMENT)])).toEqual(['a1', 'a1']);
    expect(tries).toBe(4);
  });

  test('offers a segment only when it is its turn, and looks again when that has passed to others', async () => {
    let tries = 0;
    peer.onPdu = (pdu) => {
      tries += 1;
      peer.answer(pdu, { message_id: 'a1' });
    };
    await bind();
    const triesAtTurn: number[] = [];
    const turn = jest.spyOn(SendRate.prototype, 'turn').mockImplementation(() => {
      triesAtTurn.push(tries);
      return Promise.resolve(triesAtTurn.length === 3);
    });
    expect(await session.submit(SEGMENT)).toBe('a1');
    turn.mockRestore();
    expect([triesAtTurn, tries]).toEqual([[0, 0, 0], 1]);
  });

  test('calls somebody once when throttling lasts', async () => {
    const called: unknown[] = [];
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { command_status: 0x14 });
    };
    await bind({
      throttlePatienceMilliseconds: 1_000,
      longestPauseMilliseconds: 100,
      throttlingAlarm: new Alarm({ calmMilliseconds: 60_000, isAlarming: (episode) => episode.inTheLastMinute === 3 }),
      log: (level, _message, fields) => {
        if (fields !== undefined) called.push({ level, ...fields });
      },
    });
    const giving = session.submit(SEGMENT);
    await until(() => called.length > 0);
    await session.stop();
    await expect(giving).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
    expect(called).toEqual([{ level: 'error', code: 'SMSC_THROTTLING' }]);
  });
});
