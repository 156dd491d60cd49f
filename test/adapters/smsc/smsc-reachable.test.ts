import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import type { SmscSession, SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import { boundTo, SmscPeer, until } from './smsc-peer.ts';

const SEGMENT = {
  ...{ source: '900', destination: '491700000001', protocolId: 0x7f, dataCoding: 0xf6 },
  userData: '02700001',
};

describe('an SMSC that tells of devices that are back', () => {
  let peer: SmscPeer;
  let session: SmscSession;
  let delivered: Delivery[];
  let said: string[];

  beforeEach(() => {
    peer = new SmscPeer();
    delivered = [];
  });
  afterEach(async () => {
    await session.stop();
    await peer.close();
  });

  async function bind(options: Partial<SmscSessionOptions> = {}): Promise<void> {
    const onDelivery = (delivery: Delivery) => {
      delivered.push(delivery);
      return Promise.resolve();
    };
    ({ session, said } = await boundTo(peer, { onDelivery, ...options }));
  }

  const alert = (fields: object = {}) => {
    peer.say('alert_notification', {
      ...{ source_addr_ton: 1, source_addr_npi: 1, source_addr: '491700000001', esme_addr: '900', sequence_number: 7 },
      ...fields,
    });
  };

  test.each([
    [true, 1],
    [false, undefined],
  ])('is asked to with every segment where it is registered so: %s', async (setDpf, asked) => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { message_id: 'M-1' });
    };
    await bind({ setDpf });
    await session.submit(SEGMENT);
    expect(peer.heard.at(-1)).toMatchObject({ command: 'submit_sm' });
    expect(peer.heard.at(-1)?.['set_dpf']).toBe(asked);
  });

  test('is heard, and not answered', async () => {
    await bind();
    alert();
    alert({ ms_availability_status: 0 });
    await until(() => delivered.length === 2);
    expect(delivered).toEqual(Array(2).fill({ kind: 'available', source: '491700000001' }));
    expect(peer.answerTo(7)).toBeUndefined();
  });

  test.each([1, 2])('is not heard of a device that takes no messages, with status %i', async (status) => {
    await bind();
    alert({ ms_availability_status: status });
    alert({ source_addr: '491700000002' });
    await until(() => delivered.length > 0);
    expect(delivered).toEqual([{ kind: 'available', source: '491700000002' }]);
  });

  test('is not told again what could not be passed on: the log says that it is lost', async () => {
    await bind({ onDelivery: () => Promise.reject(new Error('Kafka is away')) });
    alert();
    await until(() => said.some((line) => /491700000001.*is lost: Kafka is away/.test(line)));
  });
});
