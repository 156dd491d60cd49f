import { Pace } from '../../../adapters/smsc/send-rate.ts';
import type { SmscSession, SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import { MESSAGE_STATES } from '../../../telecom/smpp/delivery-receipt.ts';
import type { PeerPdu } from '../../telecom/smpp/smpp-peer.ts';
import { boundTo, SEGMENT, SmscPeer, until } from './smsc-peer.ts';

describe('an SMSC that is asked what has become of a message', () => {
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

  const ask = (messageId = 'b877000001') => session.stateOf({ source: SEGMENT.source, messageId });
  const answering = (fields: Readonly<Record<string, unknown>>) => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, pdu.command === 'query_sm' ? { message_id: pdu['message_id'], ...fields } : { message_id: 'M' });
    };
  };

  test('hears the id that it gave, and the address that the message came from', async () => {
    answering({ message_state: 1 });
    await bind();
    await ask();
    const question = peer.heard.at(-1);
    expect(question).toMatchObject({ command: 'query_sm', message_id: 'b877000001', source_addr: '900' });
    await session.submit(SEGMENT);
    expect(peer.heard.at(-1)).toMatchObject({
      ...{ command: 'submit_sm', source_addr: '900' },
      ...{ source_addr_ton: question?.['source_addr_ton'], source_addr_npi: question?.['source_addr_npi'] },
    });
  });

  test.each(MESSAGE_STATES.map((state, index) => [index + 1, state] as const))(
    'is understood when it says %i, %s',
    async (octet, state) => {
      answering({ message_state: octet });
      await bind();
      expect(await ask()).toBe(state);
    },
  );

  test.each<readonly [string, (pdu: PeerPdu) => void]>([
    [
      'says a state that SMPP does not have',
      (pdu) => {
        peer.answer(pdu, { message_id: '1', message_state: 9 });
      },
    ],
    [
      'does not know the message, and sends a state all the same',
      ({ sequence_number: sequence }) => {
        const header = Buffer.alloc(16);
        [21, 0x8000_0003, 0x67, sequence].forEach((value, index) => header.writeUInt32BE(value, 4 * index));
        peer.write(Buffer.concat([header, Buffer.from('3100000100', 'hex')]));
      },
    ],
    [
      'does not have the command',
      ({ sequence_number }) => {
        peer.say('generic_nack', { sequence_number, command_status: 3 });
      },
    ],
    [
      'breaks the connection',
      () => {
        peer.hangUp();
      },
    ],
    ['gives no answer in time', () => undefined],
    [
      'throttles',
      (pdu) => {
        peer.answer(pdu, { command_status: 0x58 });
      },
    ],
  ])('says nothing when it %s', async (_what, onPdu) => {
    peer.onPdu = onPdu;
    await bind({ answerMilliseconds: 200 });
    expect(await ask()).toBeUndefined();
  });

  test('is left alone, as with a segment, once it has throttled a question', async () => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { command_status: 0x58 });
    };
    await bind({ throttlePatienceMilliseconds: 0 });
    await ask();
    await expect(ask()).rejects.toMatchObject({ type: 'SMSC_THROTTLED', nextRetryDelay: 2_000 });
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type: 'SMSC_THROTTLED' });
    expect(peer.heard.filter(({ command }) => command !== 'bind_transceiver')).toHaveLength(1);
  });

  test('has questions and segments in one window, of which questions take two places', async () => {
    const waiting: PeerPdu[] = [];
    peer.onPdu = (pdu) => waiting.push(pdu);
    await bind();
    const asked = Array.from({ length: 9 }, () => ask());
    const submitted = Array.from({ length: 9 }, () => session.submit(SEGMENT));
    await until(() => waiting.length === 10);
    const first = waiting.splice(0);
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { message_id: 'M', message_state: 2 });
    };
    for (const pdu of first) peer.onPdu(pdu);
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['delivered']));
    expect(new Set(await Promise.all(submitted))).toEqual(new Set(['M']));
    expect(first.map(({ command }) => command)).toEqual([
      ...Array<string>(2).fill('query_sm'),
      ...Array<string>(8).fill('submit_sm'),
    ]);
  });

  test('is asked nothing more once it has ignored a question, and takes segments as before', async () => {
    peer.onPdu = (pdu) => {
      if (pdu.command === 'submit_sm') peer.answer(pdu, { message_id: 'M' });
    };
    await bind({ answerMilliseconds: 200 });
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => ask())))).toStrictEqual(new Set([undefined]));
    expect(await ask()).toBeUndefined();
    expect(await session.submit(SEGMENT)).toBe('M');
    expect(peer.heard.map(({ command }) => command)).toEqual([
      'bind_transceiver',
      ...Array<string>(2).fill('query_sm'),
      'submit_sm',
    ]);
  });

  test('is asked only when it is the turn of the question, which looks again when that has passed to others', async () => {
    answering({ message_state: 1 });
    await bind();
    const heardAtTurn: number[] = [];
    const turn = jest.spyOn(Pace.prototype, 'turn').mockImplementation(() => {
      heardAtTurn.push(peer.heard.filter(({ command }) => command === 'query_sm').length);
      return Promise.resolve(heardAtTurn.length === 3);
    });
    expect(await ask()).toBe('enroute');
    turn.mockRestore();
    expect(heardAtTurn).toEqual([0, 0, 0]);
  });

  test('is not asked without a bind', async () => {
    await bind();
    await session.stop();
    await expect(ask()).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
  });
});
