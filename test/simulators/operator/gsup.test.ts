import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import type { AttachRefused } from '../../../simulators/serving-node/index.ts';
import { type ServingNode } from '../../../simulators/serving-node/index.ts';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';
import { attachCard, cardOf, nodeAt } from '../radio.ts';
import { demoCard, effects, eventually, http, provision, seedOf, World } from '../harness.ts';

const imsi = '001029000000001';
const { imei } = demoCard('operator-1', 1);
const other = demoCard('operator-1', 2).imei;
const card = { imsi, operator: 'operator-2' };

let world: World;
let operator: SimulatedOperator;
let nodes: ServingNode[];

beforeEach(async () => {
  world = new World();
  nodes = [];
  operator = await world.operator('operator-2');
  await provision(operator, imsi);
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await world.end();
});

const node = (name: string, onCancelled?: (imsi: string) => void): ServingNode => {
  const one = nodeAt(operator, name, onCancelled);
  nodes.push(one);
  return one;
};
const manage = (what: string) => {
  const [method = '', path = ''] = what.split(' ');
  return http(`${method} ${operator.managementUrl}/management/subscribers/${path}`);
};
const happened = async (kind: string) =>
  (await effects(operator.managementUrl, kind)).filter((one) => one['imsi'] === imsi);
const refused = (reason: AttachRefused['reason']) =>
  expect.objectContaining({ name: 'AttachRefused', reason }) as Error;

test('a card with the right keys attaches and is told its number; HLR and device are known then', async () => {
  expect(await attachCard(operator, card)).toBe('9990290000001');
  const { body } = await manage(`GET ${imsi}`);
  expect(body).toMatchObject({ attached: true, locationUpdate: { at: expect.stringMatching(/Z$/) as string, imei } });
});

test('a card with wrong keys does not accept the challenge, and the HLR is told', async () => {
  await expect(attachCard(operator, { imsi, operator: 'operator-1' })).rejects.toEqual(refused('macFailure'));
  await eventually('the report is there', async () => (await happened('authenticationFailed')).length === 1);
  expect(await happened('locationUpdated')).toEqual([]);
});

test('a card with wrong keys counts as failed however often it asks again, until the right one registers', async () => {
  const torn = { imsi, operator: 'operator-1' };
  for (const attempt of [1, 2]) {
    await expect(attachCard(operator, torn)).rejects.toEqual(refused('macFailure'));
    await eventually('the report is there', async () => (await happened('authenticationFailed')).length === attempt);
    expect((await manage(`GET ${imsi}`)).body).toMatchObject({ authentication: { outcome: 'failed' } });
  }
  await attachCard(operator, { ...card, highestSqn: 5_000_000 });
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({ authentication: { outcome: 'seen' } });
});

test('a subscriber that is given other keys is let go of, and only a card with those gets in, whatever its SQN is', async () => {
  const lost: string[] = [];
  const serving = node('serving', (one) => lost.push(one));
  await serving.attach({ usim: cardOf(card), imei });
  const { k, opc } = subscriberKeys(seedOf('operator-1'), parseImsi(imsi));
  const keys = { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  const path = `${operator.managementUrl}/management/subscribers/${imsi}`;
  for (const attempt of [1, 2])
    expect([attempt, (await http(`PUT ${path}/keys`, keys)).status]).toEqual([attempt, 204]);
  await eventually('the node was told', () => lost.length === 1);
  expect(await happened('rekeyed')).toHaveLength(1);
  expect((await http(`GET ${path}`)).body).toMatchObject({ attached: false });
  await expect(attachCard(operator, card)).rejects.toEqual(refused('macFailure'));
  await attachCard(operator, { imsi, operator: 'operator-1', highestSqn: 5_000_000 });
  expect((await http(`PUT ${path.replace(imsi, '001029999999999')}/keys`, keys)).status).toBe(404);
});

test('a card that authenticates and goes no further has been seen', async () => {
  const halfWay = {
    imsi: cardOf(card).imsi,
    authenticate: (): never => {
      throw new Error('the radio is gone');
    },
  };
  await expect(node('n').attach({ usim: halfWay, imei })).rejects.toThrow('the radio is gone');
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({
    ...{ locationUpdate: null, authentication: { outcome: 'seen', at: expect.stringMatching(/Z$/) as string } },
  });
});

test('a barred subscriber that asks again and again is told to Kafka once a minute, and again after it is barred anew', async () => {
  await manage(`PUT ${imsi}/bar`);
  for (const times of [1, 1]) {
    await expect(attachCard(operator, card)).rejects.toEqual(refused('barred'));
    expect(await happened('locationUpdateRefused')).toHaveLength(times);
  }
  await manage(`DELETE ${imsi}/bar`);
  await manage(`PUT ${imsi}/bar`);
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({ refusedAt: null });
  await expect(attachCard(operator, card)).rejects.toEqual(refused('barred'));
  expect(await happened('locationUpdateRefused')).toHaveLength(2);
  const isTold = () => world.published.filter(({ type }) => type.includes('location-update-refused')).length === 2;
  await eventually('both are published', isTold);
});

test('a barred subscriber is not let in, and one that is not there is not known', async () => {
  await manage(`PUT ${imsi}/bar`);
  await expect(attachCard(operator, card)).rejects.toEqual(refused('barred'));
  await manage(`DELETE ${imsi}`);
  await expect(attachCard(operator, card)).rejects.toEqual(refused('unknownSubscriber'));
});

test('a card whose sequence number is ahead is followed by its authentication centre, and attaches', async () => {
  expect(await attachCard(operator, { ...card, highestSqn: 5_000_000 })).toBe('9990290000001');
  expect(await happened('resynchronised')).toMatchObject([{ seq: Math.floor(5_000_000 / 32) }]);
});

test('a resynchronisation token that is not of the card changes nothing', async () => {
  const liar = {
    imsi: cardOf(card).imsi,
    authenticate: (rand: Uint8Array) => ({ kind: 'synchronisationFailure' as const, auts: rand.slice(0, 14) }),
  };
  await expect(node('n').attach({ usim: liar, imei })).rejects.toEqual(refused('resynchronisationFailed'));
  expect(await happened('resynchronised')).toEqual([]);
});

test('sequence numbers go up from attach to attach, also after a kill, so that the card never asks to resynchronise', async () => {
  const usim = cardOf(card);
  await node('n').attach({ usim, imei });
  await Promise.all(nodes.splice(0).map((one) => one.close()));
  operator = await world.operator('operator-2');
  await node('n').attach({ usim, imei });
  expect(await happened('authenticationSeen')).toHaveLength(2);
  expect(await happened('resynchronised')).toEqual([]);
});

test('a repeated update of the same device is one effect, another device is another', async () => {
  const usim = cardOf(card);
  const one = node('n');
  await one.attach({ usim, imei });
  await one.attach({ usim, imei });
  expect(await happened('locationUpdated')).toHaveLength(1);
  await one.attach({ usim, imei: other });
  expect(await happened('locationUpdated')).toHaveLength(2);
});

test('the node that a subscriber leaves for another is told, and what it purges late takes nothing away', async () => {
  const left: string[] = [];
  const usim = cardOf(card);
  const first = node('first', (gone) => left.push(gone));
  await first.attach({ usim, imei });
  await node('second').attach({ usim, imei });
  await eventually('the first node is told', () => left.length === 1);
  await first.detach(usim.imsi);
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({ attached: true });
});

test('a subscriber that is barred is taken from the node that has it', async () => {
  const left: string[] = [];
  await node('n', (gone) => left.push(gone)).attach({ usim: cardOf(card), imei });
  await manage(`PUT ${imsi}/bar`);
  await eventually('the node is told', () => left.includes(imsi));
  expect(await happened('cancelled')).toHaveLength(1);
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({ barred: true, attached: false });
});

test('a subscriber that detaches is no longer attached, and its last location stays known', async () => {
  const usim = cardOf(card);
  const one = node('n');
  await one.attach({ usim, imei });
  await one.detach(usim.imsi);
  expect((await manage(`GET ${imsi}`)).body).toMatchObject({ attached: false, locationUpdate: { imei } });
});
