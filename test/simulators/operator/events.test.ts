import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachCard } from '../radio.ts';
import { demoCard, effects, eventually, http, World, type Reply } from '../harness.ts';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';

const { iccid, imei } = demoCard('operator-1', 1);

let world: World;
let operator: SimulatedOperator;
let call: (what: string, body?: object) => Promise<Reply>;

beforeEach(async () => {
  world = new World();
  operator = await world.operator('operator-2');
  call = await world.provisioning(operator);
});
afterEach(() => world.end());

const reserve = async (changeId: string): Promise<string> =>
  String((await call(`PUT /v1/reservations/${changeId}`, { iccid })).body['imsi']);
const faults = (plan: object): Promise<Reply> => http(`PUT ${operator.radioUrl}/simulator/faults`, plan);
const names = (): string[] => world.published.map(({ type }) => type.replace(/^org\.rehome\.hlr\.(.*)\.v1$/, '$1'));
/** Another process on the same data, as after a kill -9: the first one was never told to stop. */
const startAgain = async (): Promise<void> => {
  operator = await world.operator('operator-2');
  call = await world.provisioning(operator);
};

describe('the radio side', () => {
  test('a card with the right keys attaches and is told its number; the update is published with network and device', async () => {
    const imsi = await reserve('c1');
    const reply = await attachCard(operator, { imsi, operator: 'operator-2' });
    expect(reply).toMatchObject({ status: 200, body: { imsi, msisdn: '9990290000001', plmn: '00102' } });
    await eventually('the update is published', () => world.published.length === 2);
    expect(world.published[1]).toEqual({
      specversion: '1.0',
      id: expect.any(String) as string,
      source: '/operators/operator-2/hlr',
      type: 'org.rehome.hlr.location-updated.v1',
      subject: imsi,
      time: expect.any(String) as string,
      datacontenttype: 'application/json',
      data: { imsi, imei, plmn: '00102' },
    });
  });

  test('a card with wrong keys is refused, and the failed authentication is published', async () => {
    const imsi = await reserve('c1');
    expect((await attachCard(operator, { imsi, operator: 'operator-1' })).status).toBe(403);
    await eventually('it is published', () => world.published.length === 2);
    expect(world.published[1]).toMatchObject({ type: 'org.rehome.hlr.authentication-failed.v1', data: { imsi, imei } });
  });

  test('a challenge can be answered once', async () => {
    const imsi = await reserve('c1');
    const { body } = await http(`POST ${operator.radioUrl}/radio/challenge`, { imsi });
    const answer = { imsi, rand: body['rand'], res: '00'.repeat(8), imei };
    expect((await http(`POST ${operator.radioUrl}/radio/attach`, answer)).body['code']).toBe('AUTHENTICATION_FAILED');
    expect((await http(`POST ${operator.radioUrl}/radio/attach`, answer)).body['code']).toBe('CHALLENGE_UNKNOWN');
  });

  test('a repeated update of the same device is one effect', async () => {
    const imsi = await reserve('c1');
    for (const attempt of [1, 2]) {
      expect([attempt, (await attachCard(operator, { imsi, operator: 'operator-2' })).status]).toEqual([attempt, 200]);
    }
    expect(await effects(operator.radioUrl, 'locationUpdated')).toHaveLength(1);
  });

  test('another device with the same subscription is another update', async () => {
    const imsi = await reserve('c1');
    await attachCard(operator, { imsi, operator: 'operator-2' });
    await attachCard(operator, { imsi, operator: 'operator-2', imei: demoCard('operator-1', 2).imei });
    expect(await effects(operator.radioUrl, 'locationUpdated')).toHaveLength(2);
  });

  test('a barred subscriber cannot attach, a deleted one is unknown', async () => {
    const { imsi } = demoCard('operator-2', 1);
    await call(`PUT /v1/subscribers/${imsi}/bar`);
    expect((await attachCard(operator, { imsi, operator: 'operator-2' })).body['code']).toBe('ATTACH_REFUSED');
    await call(`DELETE /v1/subscribers/${imsi}`);
    expect((await attachCard(operator, { imsi, operator: 'operator-2' })).status).toBe(404);
  });
});

describe('events', () => {
  test('every change of a subscriber is published, in order', async () => {
    const imsi = await reserve('c1');
    await reserve('c2');
    await call('POST /v1/reservations/c2/withdraw');
    await attachCard(operator, { imsi, operator: 'operator-2' });
    await call(`PUT /v1/subscribers/${imsi}/bar`);
    await call(`DELETE /v1/subscribers/${imsi}`);
    await eventually('all are published', () => world.published.length === 6);
    expect(names()).toEqual([
      'subscriber-provisioned',
      'subscriber-provisioned',
      'subscriber-barred',
      'location-updated',
      'subscriber-barred',
      'subscriber-released',
    ]);
  });

  test('events wait for a broker that is away, and none is lost', async () => {
    world.brokerIsAway = true;
    await reserve('c1');
    await reserve('c2');
    world.brokerIsAway = false;
    await eventually('both are published', () => world.published.length === 2);
  });

  test('events can be held back, doubled, and put in another order', async () => {
    await faults({ holdEvents: true });
    for (const change of ['c1', 'c2', 'c3', 'c4']) await reserve(change);
    expect(world.published).toEqual([]);
    await faults({ duplicateEvents: true, reorderEvents: true, seed: 'turn' });
    await eventually('all are published', () => world.published.length === 8);
    const subjects = world.published.map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(4);
    expect(subjects).not.toEqual([...subjects].sort());
    expect(new Set(world.published.map(({ id }) => id)).size).toBe(4);
  });
});

describe('after a kill', () => {
  test('reservations, tombstones, states, decisions and effects are as before', async () => {
    const imsi = await reserve('c1');
    const keys = (await call('PUT /v1/reservations/c1', { iccid })).body;
    await call('POST /v1/reservations/c2/withdraw');
    const factory = demoCard('operator-2', 1).imsi;
    await call(`PUT /v1/subscribers/${factory}/bar`);
    await faults({ consent: 'refused' });
    await call('POST /v1/consents/c3', { iccid, imsi: factory, targetOperator: 'operator-1' });
    const before = (await http(`GET ${operator.radioUrl}/simulator/effects`)).body;

    await startAgain();

    expect((await http(`GET ${operator.radioUrl}/simulator/effects`)).body).toEqual(before);
    expect((await call('PUT /v1/reservations/c1', { iccid })).body).toEqual(keys);
    expect((await call('PUT /v1/reservations/c2', { iccid })).status).toBe(410);
    expect((await call(`GET /v1/subscribers/${factory}`)).body).toMatchObject({ state: 'barred' });
    expect(
      (await call('POST /v1/consents/c3', { iccid, imsi: factory, targetOperator: 'operator-1' })).body,
    ).toMatchObject({
      decision: 'refused',
    });
    expect(await reserve('c4')).not.toBe(imsi);
  });

  test('what was not published is published, with the same ids, and what was published is not', async () => {
    await reserve('c1');
    await eventually('the first is published', () => world.published.length === 1);
    world.brokerIsAway = true;
    await reserve('c2');
    await operator.stop();
    world.brokerIsAway = false;
    await startAgain();
    await eventually('the second is published', () => world.published.length === 2);
    await reserve('c3');
    await eventually('the third is published', () => world.published.length === 3);
    expect(new Set(world.published.map(({ id }) => id)).size).toBe(3);
  });

  test('a line that was cut off counts for nothing, and the next line is whole again', async () => {
    await reserve('c1');
    await operator.stop();
    const path = join(world.dataFolder, 'simulators', 'operator-2', 'journal.jsonl');
    appendFileSync(path, '[{"kind":"reserved","at":"2026-01-0');
    await startAgain();
    await reserve('c2');
    await startAgain();
    expect(await effects(operator.radioUrl, 'reserved')).toHaveLength(2);
  });

  test('a journal that is not understood is left alone, and the error says what to do', async () => {
    await operator.stop();
    const path = join(world.dataFolder, 'simulators', 'operator-2', 'journal.jsonl');
    appendFileSync(path, '[{"kind":"something else"}]\n');
    const before = readFileSync(path, 'utf8');
    await expect(startAgain()).rejects.toThrow('delete the folder');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
