import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachCard } from '../radio.ts';
import { demoCard, effects, eventually, http, provision, World, type Reply } from '../harness.ts';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';

const { imei } = demoCard('operator-1', 1);
const [first, second, third, fourth] = [1, 2, 3, 4].map((number) => `00102900000000${String(number)}`) as [
  ...[string, string, string, string],
];

let world: World;
let operator: SimulatedOperator;

beforeEach(async () => {
  world = new World();
  operator = await world.operator('operator-2');
});
afterEach(() => world.end());

const make = (imsi: string): Promise<Reply> => provision(operator, imsi);
const manage = (what: string): Promise<Reply> => {
  const [method = '', path = ''] = what.split(' ');
  return http(`${method} ${operator.managementUrl}/management/subscribers/${path}`);
};
const faults = (plan: object): Promise<Reply> => http(`PUT ${operator.managementUrl}/simulator/faults`, plan);
const names = (): string[] => world.published.map(({ type }) => type.replace(/^org\.rehome\.hlr\.(.*)\.v1$/, '$1'));
/** Another process on the same data, as after a kill -9: the first one was never told to stop. */
const startAgain = async (): Promise<void> => {
  operator = await world.operator('operator-2');
};

describe('events', () => {
  test('every change of a subscriber is published, in order', async () => {
    await make(first);
    await attachCard(operator, { imsi: first, operator: 'operator-2', highestSqn: 1_000_000 });
    await manage(`PUT ${first}/bar`);
    await manage(`DELETE ${first}/bar`);
    await manage(`DELETE ${first}`);
    await eventually('all are published', () => names().at(-1) === 'subscriber-released');
    expect(names()).toEqual([
      'subscriber-provisioned',
      'authentication-seen',
      'resynchronised',
      'authentication-seen',
      'location-updated',
      'subscriber-barred',
      'location-cancelled',
      'subscriber-unbarred',
      'subscriber-barred',
      'subscriber-released',
    ]);
  });

  test('a location update is published with network and device', async () => {
    await make(first);
    await attachCard(operator, { imsi: first, operator: 'operator-2' });
    await eventually('the update is published', () => names().at(-1) === 'location-updated');
    expect(world.published.at(-1)).toEqual({
      specversion: '1.0',
      id: expect.any(String) as string,
      source: '/operators/operator-2/hlr',
      type: 'org.rehome.hlr.location-updated.v1',
      subject: first,
      time: expect.any(String) as string,
      datacontenttype: 'application/json',
      data: { imsi: first, imei, plmn: '00102' },
    });
  });

  test('events wait for a broker that is away, and none is lost', async () => {
    world.brokerIsAway = true;
    await make(first);
    await make(second);
    world.brokerIsAway = false;
    await eventually('both are published', () => world.published.length === 2);
  });

  test('events can be held back, doubled, and put in another order', async () => {
    await faults({ holdEvents: true });
    for (const imsi of [first, second, third, fourth]) await make(imsi);
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
  test('subscribers, their keys, states, decisions and effects are as before', async () => {
    const { iccid, imsi: factory } = demoCard('operator-2', 1);
    const consent = () =>
      http(`POST ${operator.managementUrl}/back-office/consents/c3`, {
        iccid,
        imsi: factory,
        targetOperator: 'operator-1',
      });
    await make(first);
    await manage(`PUT ${factory}/bar`);
    await faults({ consent: 'refused' });
    await consent();
    const before = (await http(`GET ${operator.managementUrl}/simulator/effects`)).body;
    await startAgain();
    expect((await http(`GET ${operator.managementUrl}/simulator/effects`)).body).toEqual(before);
    expect((await make(first)).status).toBe(204);
    expect((await manage(`GET ${factory}`)).body).toMatchObject({ barred: true });
    expect((await consent()).body).toMatchObject({ decision: 'refused' });
    await attachCard(operator, { imsi: first, operator: 'operator-2' });
  });

  test('what was not published is published, with the same ids, and what was published is not', async () => {
    await make(first);
    await eventually('the first is published', () => world.published.length === 1);
    world.brokerIsAway = true;
    await make(second);
    await operator.stop();
    world.brokerIsAway = false;
    await startAgain();
    await eventually('the second is published', () => world.published.length === 2);
    await make(third);
    await eventually('the third is published', () => world.published.length === 3);
    expect(new Set(world.published.map(({ id }) => id)).size).toBe(3);
  });

  test('a line that was cut off counts for nothing, and the next line is whole again', async () => {
    await make(first);
    await operator.stop();
    const path = join(world.dataFolder, 'simulators', 'operator-2', 'journal.jsonl');
    appendFileSync(path, '[{"kind":"provisioned","at":"2026-01-0');
    await startAgain();
    await make(second);
    await startAgain();
    expect(await effects(operator.managementUrl, 'provisioned')).toHaveLength(2);
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
