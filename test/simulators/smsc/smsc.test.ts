import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';
import type { SimulatedSmsc, SimulatedSmscOptions } from '../../../simulators/smsc/index.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { fromHex } from '../../../telecom/octets/hex.ts';
import { demoCard, effects, eventually, http, provision, seedOf, World, type Reply } from '../harness.ts';
import { asHex, anAdminCode, proofOf, swapMessage, type PacketOptions } from '../packets.ts';
import { Esme } from './esme.ts';

const card = demoCard('operator-1', 1);
const target = '001029000000001';

let world: World;
let one: SimulatedOperator;
let two: SimulatedOperator;
let smsc: SimulatedSmsc;
let esmes: Esme[];

const startSmsc = async (changes: Partial<SimulatedSmscOptions> = {}): Promise<void> => {
  smsc = await world.smsc([one, two], changes);
};
const bind = async (): Promise<Esme> => {
  const esme = await Esme.bound(smsc.port);
  esmes.push(esme);
  return esme;
};
const reserve = async (): Promise<void> => {
  expect((await provision(two, target)).status).toBe(204);
};
const swap = (options: PacketOptions = {}): string => asHex(swapMessage(card, options));
const device = async (): Promise<Reply['body']> =>
  (await http(`GET ${smsc.controlUrl}/simulator/devices/${card.iccid}`)).body;
const faults = (plan: object): Promise<Reply> => http(`PUT ${smsc.controlUrl}/simulator/faults`, plan);
const happened = (kind: string): ReturnType<typeof effects> => effects(smsc.controlUrl, kind);
const attached = (): Promise<void> =>
  eventually('the device attaches', async () => {
    const { imsi, attached: isAttached } = await device();
    return isAttached === true && imsi === target;
  });

beforeEach(async () => {
  world = new World();
  esmes = [];
  one = await world.operator('operator-1');
  two = await world.operator('operator-2');
});
afterEach(async () => {
  for (const esme of esmes) esme.close();
  await world.end();
});

describe('a whole change', () => {
  beforeEach(async () => {
    await startSmsc();
    await reserve();
  });

  test('a device is attached where its card comes from until the card is changed', async () => {
    const { imsi, msisdn, imei } = card;
    expect(await device()).toEqual({ iccid: card.iccid, imsi, network: '00101', msisdn, attached: true, imei });
  });

  test('the packet changes the card, the ESME gets receipt and proof, and the device moves to the new network', async () => {
    const esme = await bind();
    const { messageId } = await esme.submit(card.msisdn, swap());
    await attached();
    expect(await device()).toMatchObject({ network: '00102', msisdn: '9990290000001' });
    expect(esme.delivered).toEqual([
      { kind: 'receipt', messageId, destination: card.msisdn, state: 'DELIVRD' },
      { kind: 'message', source: card.msisdn, userData: expect.any(String) as string },
    ]);
    const por = fromHex(String(esme.of('message')[0]?.['userData']), 'user data');
    expect(proofOf(card, por)).toMatchObject({ status: 'porOk', authenticated: true });
    await eventually('the update is published', () =>
      world.published.some(({ type, subject }) => type.includes('location') && subject === target),
    );
    await eventually('the old network hears that the device left', async () => {
      const { body } = await http(`GET ${one.managementUrl}/simulator/subscribers`);
      const left = { imsi: card.imsi, state: 'active', attached: false };
      return Array.isArray(body) && body.some((subscriber) => isDeepStrictEqual(subscriber, left));
    });
  });

  test('the same packet again is two messages, and one change of the card', async () => {
    const esme = await bind();
    const answers = await Promise.all([esme.submit(card.msisdn, swap()), esme.submit(card.msisdn, swap())]);
    expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(2);
    await attached();
    expect(await happened('cardUpdated')).toHaveLength(1);
    expect(await happened('replayRefused')).toHaveLength(1);
  });

  test('after the change the device is called by its new number; what goes to the old one waits', async () => {
    const esme = await bind();
    await esme.submit(card.msisdn, swap());
    await attached();
    await esme.submit(card.msisdn, swap({ cntr: 2 }));
    await esme.submit('9990290000001', swap({ cntr: 3 }));
    await eventually('the second message is delivered', async () => (await happened('delivered')).length === 2);
    await wait(50);
    expect(await happened('cardUpdated')).toHaveLength(2);
    expect(await happened('delivered')).toHaveLength(2);
  });
});

describe('sessions', () => {
  beforeEach(() => startSmsc());

  test('a session that has not bound cannot submit', async () => {
    const esme = await Esme.connect(smsc.port);
    esmes.push(esme);
    expect(await esme.submit(card.msisdn, swap())).toMatchObject({ status: 0x04 });
  });

  test('a number that no device ever had is refused', async () => {
    expect(await (await bind()).submit('99999999', swap())).toMatchObject({ command: 'submit_sm_resp', status: 0x0b });
  });

  test('user data that no SMS can carry is refused', async () => {
    expect(await (await bind()).submit(card.msisdn, '00'.repeat(141))).toMatchObject({ status: 0x01 });
  });

  test('an enquiry is answered, also in the middle of other octets, and an unbind ends the session', async () => {
    const esme = await bind();
    const answers = await Promise.all([esme.ask('enquire_link'), esme.ask('enquire_link'), esme.ask('unbind')]);
    expect(answers.map(({ command, status }) => [command, status])).toEqual([
      ['enquire_link_resp', 0],
      ['enquire_link_resp', 0],
      ['unbind_resp', 0],
    ]);
  });

  test('a command that is not known is refused under its number, and what is no PDU ends the session', async () => {
    const esme = await bind();
    const replaced = esme.ask('replace_sm', { message_id: '1', source_addr: '1' });
    expect(await replaced).toMatchObject({ command: 'generic_nack', status: 0x03 });
    esme.write(Buffer.from('ffffffff', 'hex'));
    await eventually('the session ends', () => world.log.some((line) => line.includes('the session was ended')));
  });

  test('what one session did not answer is delivered to the next', async () => {
    const first = await bind();
    first.answers = false;
    await first.submit(card.msisdn, swap());
    await eventually('both are delivered', () => first.delivered.length === 2);
    const second = await bind();
    first.close();
    await eventually('both are delivered again', () => second.delivered.length === 2);
    expect(second.delivered).toEqual(first.delivered);
  });

  test('deliveries wait for a session', async () => {
    const first = await bind();
    await faults({ delayMs: 50 });
    await first.submit(card.msisdn, swap());
    first.close();
    await eventually('the message is delivered', async () => (await happened('delivered')).length === 1);
    const second = await bind();
    await eventually('both are delivered', () => second.delivered.length === 2);
  });
});

describe('faults', () => {
  const submit = async (plan: SimulatedSmscOptions['faults'], options: PacketOptions = {}): Promise<Esme> => {
    await startSmsc({ ...(plan && { faults: plan }) });
    const esme = await bind();
    expect(await esme.submit(card.msisdn, swap(options))).toMatchObject({ status: 0 });
    return esme;
  };

  test('the first submits are throttled, the next one is accepted', async () => {
    await startSmsc({ faults: { throttleFirst: 2 } });
    const esme = await bind();
    const statuses = [];
    for (const userData of [swap(), swap(), swap()]) statuses.push((await esme.submit(card.msisdn, userData)).status);
    expect(statuses).toEqual([0x58, 0x58, 0]);
  });

  test('every submit can be refused', async () => {
    await startSmsc({ faults: { refuse: 'ESME_RMSGQFUL' } });
    expect(await (await bind()).submit(card.msisdn, swap())).toMatchObject({ status: 0x14 });
  });

  test('a message can be lost', async () => {
    const esme = await submit({ loseMessages: 1 });
    await eventually('it is lost', async () => (await happened('lost')).length === 1);
    expect(esme.delivered).toEqual([]);
  });

  test('a silent card takes the message and does nothing', async () => {
    const esme = await submit({ silentCards: true });
    await eventually('the receipt comes', () => esme.of('receipt').length === 1);
    await wait(20);
    expect([esme.of('message'), await happened('cardUpdated')]).toEqual([[], []]);
  });

  test('a proof can be dropped while the card is changed', async () => {
    const esme = await submit({ dropPor: true });
    await eventually('the card is changed', async () => (await happened('cardUpdated')).length === 1);
    await eventually('the receipt comes', () => esme.of('receipt').length === 1);
    expect(esme.of('message')).toEqual([]);
  });

  test('a card whose admin code is not the one of the registry refuses, and counts', async () => {
    await submit({ wrongAdminCode: [card.iccid] });
    await eventually('it is refused', async () => (await happened('adminCodeRefused')).length === 1);
    expect(await device()).toMatchObject({ imsi: card.imsi });
  });

  test('a card whose power fails while it takes a message gets it again, and refuses its counter', async () => {
    const esme = await submit({ powerCutAfterWrites: { [card.iccid]: 0 } });
    await eventually('the card answers', () => esme.of('message').length === 1);
    const proof = fromHex(String(esme.of('message')[0]?.['userData']), 'user data');
    expect(proofOf(card, proof).status).toBe('cntrLow');
    expect(await happened('powerCut')).toHaveLength(1);
    expect(await device()).toMatchObject({ imsi: card.imsi, attached: true });
  });

  test('doubled deliveries change the card once', async () => {
    const esme = await submit({ duplicateDeliveries: true });
    await eventually('the second copy is refused', async () => (await happened('replayRefused')).length === 1);
    await eventually(
      'all is delivered twice',
      () => esme.of('receipt').length === 2 && esme.of('message').length === 4,
    );
    expect(await happened('cardUpdated')).toHaveLength(1);
  });

  test('a device can stay on its old network until the fault is taken away', async () => {
    await startSmsc({ faults: { deviceStaysOnOldNetwork: true } });
    await reserve();
    await (await bind()).submit(card.msisdn, swap());
    await eventually('the card is changed', async () => (await happened('cardUpdated')).length === 1);
    await wait(150);
    expect(await device()).toMatchObject({ imsi: target, network: '00101', attached: false });
    await faults({});
    await attached();
  });

  test('a message that nobody can take expires, and its receipt says so', async () => {
    const esme = await submit({ validitySeconds: 0.05, attachAfterMs: 0 });
    await eventually('the device leaves', async () => (await device())['network'] === null);
    const { messageId } = await esme.submit(card.msisdn, swap({ cntr: 2 }));
    await eventually('it expires', () =>
      esme.of('receipt').some((receipt) => receipt['messageId'] === messageId && receipt['state'] === 'EXPIRED'),
    );
  });
});

describe('after a kill', () => {
  test('counters, tries and subscription of the card are as before', async () => {
    await startSmsc();
    await reserve();
    const esme = await bind();
    await esme.submit(card.msisdn, swap({ cntr: 4, adminCode: anAdminCode() }));
    await esme.submit(card.msisdn, swap({ cntr: 5 }));
    await attached();
    const before = [await device(), (await http(`GET ${smsc.controlUrl}/simulator/effects`)).body];

    await startSmsc();

    expect([await device(), (await http(`GET ${smsc.controlUrl}/simulator/effects`)).body]).toEqual(before);
    await (await bind()).submit('9990290000001', swap({ cntr: 5 }));
    await eventually('the old counter is refused', async () => (await happened('replayRefused')).length === 1);
  });

  test('a message that was accepted is still delivered, once', async () => {
    await startSmsc({ faults: { delayMs: 60_000 } });
    await (await bind()).submit(card.msisdn, swap());
    await startSmsc();
    await eventually('the card is changed', async () => (await happened('cardUpdated')).length === 1);
    await startSmsc();
    await wait(100);
    expect(await happened('cardUpdated')).toHaveLength(1);
    expect(await happened('replayRefused')).toEqual([]);
  });

  test('deliveries that were answered are over, the others come again', async () => {
    await startSmsc();
    const esme = await bind();
    await esme.submit(card.msisdn, swap());
    await eventually('both are delivered', () => esme.delivered.length === 2);
    await wait(50);
    esme.answers = false;
    await esme.submit(card.msisdn, swap({ cntr: 2 }));
    await wait(50);
    await startSmsc();
    const next = await bind();
    await eventually('what was not answered comes', () => next.delivered.length > 0 || esme.delivered.length === 2);
    expect(next.delivered).toHaveLength(esme.delivered.length - 2);
  });

  test('a device that was on its way goes on, also when the new network comes up later', async () => {
    await reserve();
    const { port } = two.gsup;
    await two.stop();
    await startSmsc();
    await (await bind()).submit(card.msisdn, swap());
    await eventually('the card is changed', async () => (await happened('cardUpdated')).length === 1);
    await startSmsc();
    await wait(150);
    two = await world.operator('operator-2', { gsupPort: port });
    await attached();
  });
});

test('nothing in the data folder holds a key or an admin code, in hex, raw or base64', async () => {
  await startSmsc();
  await reserve();
  await (await bind()).submit(card.msisdn, swap());
  await attached();
  const files = readdirSync(world.dataFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  expect(files.length).toBeGreaterThan(5);
  const factoryKeys = subscriberKeys(seedOf('operator-1'), card.imsi);
  const newKeys = subscriberKeys(seedOf('operator-2'), parseImsi(target));
  const secrets = [
    card.adminCode,
    card.keys.kic,
    card.keys.kid,
    factoryKeys.k,
    factoryKeys.opc,
    newKeys.k,
    newKeys.opc,
  ];
  for (const secret of secrets) {
    const octets = Buffer.from(secret.reveal());
    const hex = octets.toString('hex');
    const base64 = [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), octets])
        .toString('base64')
        .slice(shift + 1, -4),
    );
    for (const needle of [octets, hex, hex.toUpperCase(), ...base64]) {
      expect(files.some((content) => content.includes(needle))).toBe(false);
    }
  }
});
