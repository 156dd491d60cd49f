import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmscSession, type SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import type { PeerPdu as Pdu } from '../../telecom/smpp/smpp-peer.ts';
import { SEGMENT, SmscPeer, until } from './smsc-peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-smsc-'));
const PASSWORD_FILE = join(folder, 'password');
writeFileSync(PASSWORD_FILE, 'secret\n');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the bind to an SMSC', () => {
  let peer: SmscPeer;
  let session: SmscSession;
  let delivered: Delivery[];
  let onDelivery: (delivery: Delivery) => Promise<void>;
  let said: string[];

  beforeEach(() => {
    peer = new SmscPeer();
    delivered = [];
    said = [];
    onDelivery = (delivery) => {
      delivered.push(delivery);
      return Promise.resolve();
    };
  });
  afterEach(async () => {
    await session.stop();
    await peer.close();
  });

  function start(port: number, options: Partial<SmscSessionOptions> = {}): void {
    session = new SmscSession({
      smsc: 'smsc-9',
      url: `smpp://127.0.0.1:${String(port)}`,
      systemId: 'rehome',
      passwordFile: PASSWORD_FILE,
      onDelivery: (delivery) => onDelivery(delivery),
      throttlePatienceMilliseconds: 0,
      log: (_level, message) => said.push(message),
      ...options,
    });
    session.start();
  }

  const bound = (): Promise<void> => until(() => said.some((line) => line.startsWith('bound')));

  test('comes up by itself when the SMSC starts later', async () => {
    const port = await peer.listen();
    await peer.close();
    start(port);
    expect(() => {
      session.requireBind();
    }).toThrow('there is no bind to smsc-9');
    await until(() => said.some((line) => line.includes('trying again')));
    peer = new SmscPeer();
    await peer.listen(port);
    await bound();
    session.requireBind();
  });

  test('binds with its name and password, as version 3.4', async () => {
    start(await peer.listen());
    await bound();
    expect(peer.heard[0]).toMatchObject({ system_id: 'rehome', password: 'secret', interface_version: 0x34 });
  });

  test('says why a bind was refused, and tries again', async () => {
    peer.bindStatus = 0x0e;
    start(await peer.listen());
    await until(() => said.some((line) => line.includes('ESME_RINVPASWD') && line.includes('trying again')));
    peer.bindStatus = 0;
    await bound();
  });

  test('hands a segment over whole, for the card, and resolves to the message id of the SMSC', async () => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { message_id: 'M-1' });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).resolves.toBe('M-1');
    const { udh, message } = peer.heard.at(-1)?.['short_message'] as { udh: Buffer[]; message: Buffer };
    expect([Buffer.concat(udh).toString('hex'), message.toString('hex')]).toEqual(['7000', '01']);
    expect(peer.heard.at(-1)).toMatchObject({
      ...{ command: 'submit_sm', source_addr: '900', destination_addr: '491700000001', dest_addr_ton: 1 },
      ...{ esm_class: 0x40, protocol_id: 0x7f, data_coding: 0xf6, registered_delivery: 1 },
    });
  });

  test.each([
    ['ESME_RTHROTTLED', 0x58, 'SMSC_THROTTLED', 2_000],
    ['ESME_RMSGQFUL', 0x14, 'SMSC_THROTTLED', 2_000],
    ['ESME_RSUBMITFAIL', 0x45, 'SMSC_THROTTLED', undefined],
    ['ESME_RSYSERR', 0x08, 'SMSC_UNREACHABLE', undefined],
    ['ESME_RINVDSTADR', 0x0b, 'SMSC_REFUSED', undefined],
    ['0x00000401', 0x401, 'SMSC_REFUSED', undefined],
  ] as const)('tells %s, 0x%x, as %s', async (...[name, status, type, nextRetryDelay]) => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { command_status: status });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({
      ...{ type, nextRetryDelay },
      message: expect.stringContaining(name) as string,
    });
  });

  test('offers a segment again while the SMSC throttles, and lets the others of the bind wait as long', async () => {
    const tries: { source: unknown; at: number }[] = [];
    peer.onPdu = (pdu) => {
      tries.push({ source: pdu['source_addr'], at: performance.now() });
      peer.answer(pdu, tries.length <= 2 ? { command_status: 0x58 } : { message_id: 'M' });
    };
    start(await peer.listen(), { throttlePatienceMilliseconds: 4_000 });
    await bound();
    const first = session.submit({ ...SEGMENT, source: '1' });
    await until(() => tries.length === 1);
    const second = session.submit({ ...SEGMENT, source: '2' });
    expect(await Promise.all([first, second])).toEqual(['M', 'M']);
    // A quarter of the first pause, 250 ms, is left to chance; a timer may ring a little early.
    expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThan(180);
    expect(new Set(tries.slice(1).map(({ source }) => source))).toEqual(new Set(['1', '2']));
  });

  test('does not say that a segment was refused when it was taken under no message id', async () => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu, { message_id: '' });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
  });

  test('does not say that a segment was refused when the connection broke before the answer', async () => {
    peer.onPdu = () => {
      peer.hangUp();
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
  });

  test('has no more than ten requests unanswered, and hands the others over in their order', async () => {
    const waiting: Pdu[] = [];
    peer.onPdu = (pdu) => waiting.push(pdu);
    start(await peer.listen());
    await bound();
    const submitted = Array.from({ length: 25 }, (_, index) => session.submit({ ...SEGMENT, source: String(index) }));
    const sources: unknown[] = [];
    while (sources.length < 25) {
      await until(() => waiting.length === Math.min(10, 25 - sources.length));
      for (const pdu of waiting.splice(0)) {
        sources.push(pdu['source_addr']);
        peer.answer(pdu, { message_id: String(pdu['source_addr']) });
      }
    }
    expect(await Promise.all(submitted)).toEqual(sources);
    expect(sources).toEqual(sources.map((_, index) => String(index)));
  });

  test('comes back after the connection broke', async () => {
    start(await peer.listen());
    await bound();
    said.length = 0;
    peer.hangUp();
    await bound();
    session.requireBind();
  });

  test('comes back after the SMSC has unbound it, or has sent what is no PDU', async () => {
    start(await peer.listen());
    for (const leave of [
      () => {
        peer.say('unbind', { sequence_number: 9 });
      },
      () => {
        peer.write(Buffer.alloc(4));
      },
    ]) {
      await bound();
      said.length = 0;
      leave();
    }
    await bound();
    expect(peer.answerTo(9)).toMatchObject({ command: 'unbind_resp' });
  });

  test('takes an answer of a card and a receipt for what they are', async () => {
    start(await peer.listen());
    await bound();
    const device = { source_addr: '491700000001', destination_addr: '900' };
    const por = Buffer.from('027100000a', 'hex');
    peer.say('deliver_sm', { ...device, sequence_number: 61, esm_class: 0x40, short_message: por });
    peer.say('deliver_sm', {
      ...device,
      sequence_number: 62,
      esm_class: 0,
      message_payload: Buffer.from('ff00', 'hex'),
    });
    peer.say('deliver_sm', {
      ...device,
      sequence_number: 63,
      esm_class: 4,
      short_message: Buffer.from('id:a1 stat:UNDELIV'),
    });
    await until(() => delivered.length === 3);
    expect(delivered).toEqual([
      { kind: 'message', source: '491700000001', userData: '027100000a' },
      { kind: 'message', source: '491700000001', userData: 'ff00' },
      { kind: 'receipt', destination: '491700000001', messageId: 'a1', state: 'undeliverable' },
    ]);
  });

  test.each([
    [
      'beside the name of the segment',
      [{ kind: 'receipt', destination: '491700000001', messageId: 'a1', state: 'delivered' }],
    ],
    ['alone', []],
  ])('finds the answer of a card in a receipt, %s', async (_where, receipts) => {
    start(await peer.listen());
    await bound();
    const named = receipts.length > 0 && { receipted_message_id: 'a1', message_state: 2 };
    peer.say('deliver_sm', {
      ...{ source_addr: '491700000001', destination_addr: '900', sequence_number: 64, esm_class: 0x44 },
      ...{ short_message: Buffer.from('027100000a', 'hex'), ...named },
    });
    await until(() => peer.answerTo(64) !== undefined);
    expect(delivered).toEqual([...receipts, { kind: 'message', source: '491700000001', userData: '027100000a' }]);
  });

  test('finds the answer of a card in a receipt also where the network dropped its header', async () => {
    start(await peer.listen());
    await bound();
    const bare = '000b0ab00c0a000000002a0000';
    peer.say('deliver_sm', {
      ...{ source_addr: '491700000001', destination_addr: '900', sequence_number: 65, esm_class: 0x04 },
      short_message: Buffer.from(bare, 'hex'),
    });
    await until(() => peer.answerTo(65) !== undefined);
    expect(delivered).toEqual([{ kind: 'message', source: '491700000001', userData: bare }]);
  });

  test('acknowledges a delivery only once it was taken, and refuses it for now otherwise', async () => {
    const message = { source_addr: '491700000001', short_message: Buffer.from('0271', 'hex') };
    start(await peer.listen());
    await bound();
    onDelivery = () => Promise.reject(new Error('Kafka is away'));
    peer.say('deliver_sm', { ...message, sequence_number: 71 });
    await until(() => peer.answerTo(71) !== undefined);
    expect(peer.answerTo(71)).toMatchObject({ command: 'deliver_sm_resp', command_status: 0x64 });
    onDelivery = (delivery) => {
      delivered.push(delivery);
      return Promise.resolve();
    };
    peer.say('deliver_sm', { ...message, sequence_number: 72 });
    await until(() => peer.answerTo(72) !== undefined);
    expect(peer.answerTo(72)).toMatchObject({ command: 'deliver_sm_resp', command_status: 0 });
    expect(delivered).toEqual([{ kind: 'message', source: '491700000001', userData: '0271' }]);
  });

  test('keeps a delivery that can not be read for a person, and takes it, so that it does not come again', async () => {
    start(await peer.listen());
    await bound();
    const cut = '00000012000000050000000000000051ffff';
    peer.write(Buffer.from(cut, 'hex'));
    await until(() => peer.answerTo(0x51) !== undefined);
    expect(peer.answerTo(0x51)).toMatchObject({ command: 'deliver_sm_resp', command_status: 0 });
    expect(delivered).toEqual([
      { kind: 'unreadable', pdu: cut, reason: expect.stringMatching(/service_type.*SMPP 3\.4/) as string },
    ]);
  });

  test('unbinds when it is stopped, so that the SMSC lets the next one in', async () => {
    peer.onPdu = (pdu) => {
      peer.answer(pdu);
    };
    start(await peer.listen());
    await bound();
    await session.stop();
    expect(peer.heard.at(-1)).toMatchObject({ command: 'unbind' });
  });

  test('is stopped in time by an SMSC that does not answer', async () => {
    start(await peer.listen(), { answerMilliseconds: 100 });
    await bound();
    await session.stop();
    expect(peer.heard.at(-1)).toMatchObject({ command: 'unbind' });
  });

  test('answers whether it is alive, and refuses a command that no SMSC sends', async () => {
    start(await peer.listen());
    await bound();
    peer.say('submit_sm', { sequence_number: 79 });
    peer.write(Buffer.from('0000001000000777000000000000004e', 'hex'));
    peer.say('enquire_link', { sequence_number: 80 });
    await until(() => peer.answerTo(80) !== undefined);
    expect(peer.answerTo(80)).toMatchObject({ command: 'enquire_link_resp', command_status: 0 });
    for (const sequence of [79, 0x4e])
      expect(peer.answerTo(sequence)).toMatchObject({ command: 'generic_nack', command_status: 3 });
  });
});
