import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { SmscFaults, type SmscFaultPlan } from '../../../simulators/smsc/faults.ts';
import type { SimulatedSmsc, SimulatedSmscOptions } from '../../../simulators/smsc/index.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { CHANGE_REQUEST_TAR } from '../../../telecom/ota/change-request.ts';
import { encodeCpaCommand } from '../../../telecom/ota/cpa-command.ts';
import { peekCommandHeader } from '../../../telecom/ota/command-packet.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { Secret } from '../../../telecom/secret.ts';
import { parseUserDataHeader } from '../../../telecom/sms/user-data-header.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { createCertificates } from '../../support/certificates.ts';
import type { PeerPdu } from '../../telecom/smpp/smpp-peer.ts';
import { demoCard, effects, eventually, http, seedOf, World } from '../harness.ts';
import { asHex, proofOf, statusWordOf, swapMessage, swapMessages, type PacketOptions } from '../packets.ts';
import { Esme } from './esme.ts';

const card = demoCard('operator-1', 1);
const swap = (options: PacketOptions = {}): string => asHex(swapMessage(card, options));

let world: World;
let smsc: SimulatedSmsc;
let esmes: Esme[];
beforeEach(() => {
  world = new World();
  esmes = [];
});
afterEach(async () => {
  for (const esme of esmes) esme.close();
  await world.end();
});

/** A centre whose operators are away: its devices are where they are, and stay there. */
const bound = async (faults: SmscFaultPlan = {}, options: Partial<SimulatedSmscOptions> = {}): Promise<Esme> => {
  smsc = await world.withoutOperators({ faults: { deviceStaysOnOldNetwork: true, ...faults }, ...options });
  return bind();
};
const bind = async (): Promise<Esme> => {
  const esme = await Esme.bound(smsc.port);
  esmes.push(esme);
  return esme;
};
const faults = (plan: SmscFaultPlan) =>
  http(`PUT ${smsc.controlUrl}/simulator/faults`, { deviceStaysOnOldNetwork: true, ...plan });
const happened = (kind: string) => effects(smsc.controlUrl, kind);
const delivered = async (esme: Esme, count: number): Promise<readonly PeerPdu[]> => {
  await eventually(`${String(count)} deliveries come`, () => esme.deliveries.length >= count);
  return esme.deliveries;
};
const receiptOf = async (esme: Esme): Promise<PeerPdu> => {
  await eventually('the receipt comes', () => esme.deliveries.some((pdu) => pdu['esm_class'] === 0x04));
  const receipt = esme.deliveries.find((pdu) => pdu['esm_class'] === 0x04);
  if (receipt === undefined) throw new Error('no receipt');
  return receipt;
};
const textOf = (pdu: PeerPdu): string =>
  (pdu['short_message'] as { readonly message: Buffer | string }).message.toString();

describe('message ids', () => {
  test.each([
    ['hexThenDecimal', 16, 10],
    ['decimalThenHex', 10, 16],
    [undefined, 16, 16],
  ] as const)(
    '%s: one number, in the base of the answer and in that of the receipt',
    async (messageIds, first, second) => {
      const esme = await bound({ ...(messageIds && { messageIds }) });
      const { messageId } = await esme.submit(card.msisdn, swap());
      const [, inReceipt = ''] = /^id:(\S+) /.exec(textOf(await receiptOf(esme))) ?? [];
      expect(Number.parseInt(inReceipt, second)).toBe(Number.parseInt(String(messageId), first));
    },
  );
});

describe('receipts', () => {
  test('have text and parameters', async () => {
    const esme = await bound();
    await esme.submit(card.msisdn, swap());
    const receipt = await receiptOf(esme);
    expect(textOf(receipt)).toMatch(
      /^id:[0-9a-f]{10} sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:$/,
    );
    expect(receipt).toMatchObject({ message_state: 2, receipted_message_id: expect.any(String) as string });
  });

  test.each([
    ['text', /stat:DELIVRD/, undefined],
    ['wholeWords', /stat:DELIVERED/, undefined],
    ['tlvs', /^$/, 2],
  ] as const)('of the form %s', async (receiptForm, text, state) => {
    const esme = await bound({ receiptForm });
    await esme.submit(card.msisdn, swap());
    const receipt = await receiptOf(esme);
    expect(textOf(receipt)).toMatch(text);
    expect(receipt['message_state']).toBe(state);
  });

  test('come only when they are asked for, the proof in any case', async () => {
    const esme = await bound();
    await esme.submit(card.msisdn, swap(), { registered_delivery: 0 });
    await esme.submit(card.msisdn, swap({ cntr: 2 }), { registered_delivery: 2 });
    await delivered(esme, 2);
    await wait(30);
    expect(esme.deliveries.map((pdu) => pdu['esm_class'])).toEqual([0x40, 0x40]);
  });

  test('may be lost', async () => {
    const esme = await bound({ loseReceipts: 1 });
    await esme.submit(card.msisdn, swap());
    await delivered(esme, 1);
    expect(esme.of('receipt')).toEqual([]);
  });
});

describe('proofs of receipt', () => {
  const octetsOf = (pdu: PeerPdu): string => {
    const { udh, message } = pdu['short_message'] as { readonly udh?: readonly Buffer[]; readonly message: Buffer };
    const header = Buffer.concat(udh ?? []);
    return toHex(header.length === 0 ? message : Buffer.concat([Buffer.of(header.length), header, message]));
  };

  test('in place of the text of the receipt', async () => {
    const esme = await bound({ porInReceipt: true });
    await esme.submit(card.msisdn, swap());
    const [receipt] = await delivered(esme, 1);
    expect(receipt).toMatchObject({ esm_class: 0x44, message_state: 2 });
    expect(proofOf(card, receipt && fromHex(octetsOf(receipt), 'user data')).status).toBe('porOk');
  });

  test.each([
    ['unflagged', /^027100/],
    ['stripped', /^(?!027100)/],
  ] as const)('%s: esm_class does not say that there is a header', async (porHeader, start) => {
    const esme = await bound({ porHeader, loseReceipts: 1 });
    await esme.submit(card.msisdn, swap());
    const [proof] = await delivered(esme, 1);
    expect(proof).toMatchObject({ esm_class: 0x00, protocol_id: 0x7f });
    const octets = Buffer.from((proof?.['short_message'] as { readonly message: Buffer }).message).toString('hex');
    expect(octets).toMatch(start);
  });
});

describe('what a centre does not take', () => {
  test('more submits within a second than it wants', async () => {
    const esme = await bound({ throttleAbovePerSecond: 2 });
    const answers = await Promise.all([1, 2, 3].map((cntr) => esme.submit(card.msisdn, swap({ cntr }))));
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 0x58]);
  });

  test('messages for cards, where it does not let them through', async () => {
    const esme = await bound({ dataDownload: 'refused' });
    expect((await esme.submit(card.msisdn, swap())).status).toBe(0x43);
  });

  test('messages for cards become ordinary ones, where it strips them: the device keeps them', async () => {
    const esme = await bound({ dataDownload: 'stripped' });
    await esme.submit(card.msisdn, swap());
    await receiptOf(esme);
    expect([esme.of('message'), await happened('cardUpdated')]).toEqual([[], []]);
  });

  test('a message whose class is not the card’s stays in the device', async () => {
    const esme = await bound();
    await esme.submit(card.msisdn, swap(), { data_coding: 0x04 });
    await receiptOf(esme);
    expect(await happened('cardUpdated')).toEqual([]);
  });

  test('a validity period that is no time', async () => {
    const esme = await bound();
    const answer = await esme.submit(card.msisdn, swap(), { validity_period: 'tomorrow' });
    expect(answer.status).toBe(0x62);
  });

  test('a bind with another password', async () => {
    await bound({}, { password: Secret.of('right') });
    const esme = await Esme.connect(smsc.port);
    esmes.push(esme);
    expect((await esme.ask('bind_transceiver', { system_id: 'rehome', password: 'wrong' })).status).toBe(0x0e);
    expect((await esme.ask('bind_transceiver', { system_id: 'rehome', password: 'right' })).status).toBe(0);
  });
});

test('sessions under TLS, where the centre has a certificate', async () => {
  const { operators } = await createCertificates(join(world.dataFolder, 'pki'));
  const { ca, cert, key } = operators;
  await bound({}, { tls: { port: 0, cert, key } });
  const socket = connectTls({ port: smsc.tlsPort, host: '127.0.0.1', ca: readFileSync(ca) });
  await once(socket, 'secureConnect');
  const esme = Esme.over(socket);
  esmes.push(esme);
  expect((await esme.ask('bind_transceiver', { system_id: 'rehome' })).status).toBe(0);
  expect((await esme.submit(card.msisdn, swap())).status).toBe(0);
  await delivered(esme, 1);
});

describe('a device that sleeps', () => {
  test('gets its message when it wakes, and an ESME that asked for it is told', async () => {
    const esme = await bound({ asleep: [card.iccid] });
    expect((await esme.submit(card.msisdn, swap(), { set_dpf: 1 })).pdu['dpf_result']).toBe(1);
    await wait(30);
    expect(await happened('delivered')).toEqual([]);
    await faults({});
    await delivered(esme, 2);
    expect(esme.alerts).toMatchObject([{ source_addr: card.msisdn, esme_addr: '1234', ms_availability_status: 0 }]);
  });

  test('does not get the parts of long messages that the plan lets expire, and gets all else', async () => {
    const esme = await bound({ expireParts: [2] });
    const [first = '', second = ''] = swapMessages(card, { data: new Uint8Array(200) }).map(asHex);
    const ids = [];
    for (const part of [first, second, swap({ cntr: 9 })]) ids.push((await esme.submit(card.msisdn, part)).messageId);
    await eventually('all three have their end', async () => {
      const ended = [...(await happened('delivered')), ...(await happened('expired'))];
      return ended.length === ids.length;
    });
    expect(await happened('expired')).toMatchObject([{ messageId: ids[1] }]);
  });

  test('does not get what has expired: the receipt says so', async () => {
    const esme = await bound({ asleep: true });
    await esme.submit(card.msisdn, swap(), { validity_period: '000000000000000R' });
    expect(textOf(await receiptOf(esme))).toContain('stat:EXPIRED');
    await faults({});
    await wait(30);
    expect(await happened('cardUpdated')).toEqual([]);
    expect(esme.alerts).toEqual([]);
  });

  test('is told of when it wakes after its message has expired, once, and not after one that came later has arrived', async () => {
    const atOnce = { validity_period: '000000000000000R', set_dpf: 1 };
    const esme = await bound({ asleep: [card.iccid] });
    await esme.submit(card.msisdn, swap(), atOnce);
    await delivered(esme, 1);
    await faults({});
    await eventually('the alert comes', () => esme.alerts.length > 0);
    await faults({ asleep: [card.iccid] });
    await faults({});
    await esme.submit(card.msisdn, swap());
    await delivered(esme, 3);
    expect(esme.alerts).toMatchObject([{ source_addr: card.msisdn, esme_addr: '1234' }]);
  });
});

describe('what the device sends', () => {
  test('the user’s choice in the menu reaches the ESME as a command packet', async () => {
    const esme = await bound();
    const menu = `POST ${smsc.controlUrl}/simulator/devices/${card.iccid}/menu`;
    expect(await http(menu, { target: '00102' })).toMatchObject({ status: 200 });
    const [message] = await delivered(esme, 1);
    expect(message).toMatchObject({ source_addr: card.msisdn, destination_addr: '900', esm_class: 0x40 });
    const { payload } = parseUserDataHeader(fromHex(String(esme.of('message')[0]?.['userData']), 'user data'));
    expect(peekCommandHeader(payload).tar).toBe(CHANGE_REQUEST_TAR);
    expect((await http(menu, { target: 'mars' })).status).toBe(400);
  });

  test('a user who declines leaves the card as it is; the proof comes by SMS-SUBMIT', async () => {
    const imsi = parseImsi('001029000000001');
    const keys = subscriberKeys(seedOf('operator-2'), imsi);
    const data = encodeCpaCommand({ adminCode: card.adminCode, imsi, ...keys, askUser: true });
    const esme = await bound({ users: { [card.iccid]: 'decline' }, loseReceipts: 1 });
    await esme.submit(card.msisdn, swap({ data }));
    await delivered(esme, 2);
    const [first, second] = esme.of('message').map(({ userData }) => fromHex(String(userData), 'user data'));
    expect([proofOf(card, first).status, statusWordOf(card, second)]).toEqual(['moreTime', '6985']);
    expect(await happened('cardUpdated')).toEqual([]);
  });
});

describe('the same seed', () => {
  const behaviour = (seed: string): readonly unknown[] => {
    const plan = new SmscFaults('default', { seed, loseMessages: 0.5, reorder: true });
    const each = Array.from({ length: 20 }, () => [plan.losesThisMessage(), plan.delayOfThisMessage()]);
    return [...each, ...plan.inOrder(['a', 'b', 'c', 'd', 'e', 'f'])];
  };

  test('loses the same messages and reorders in the same way, and another one does not', () => {
    expect(behaviour('one')).toEqual(behaviour('one'));
    expect(behaviour('one')).not.toEqual(behaviour('two'));
  });
});
