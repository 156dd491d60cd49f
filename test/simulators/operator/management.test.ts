import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';
import { attachCard } from '../radio.ts';
import { demoCard, effects, http, provision, World, type Reply } from '../harness.ts';

const imsi = '001029000000001';
const factory = demoCard('operator-2', 1);

let world: World;
let operator: SimulatedOperator;

const start = async (changes: Parameters<World['operator']>[1] = {}): Promise<void> => {
  operator = await world.operator('operator-2', changes);
};
const faults = (plan: object): Promise<Reply> => http(`PUT ${operator.managementUrl}/simulator/faults`, plan);
const manage = (what: string, body?: object): Promise<Reply> => {
  const [method = '', path = ''] = what.split(' ');
  return http(`${method} ${operator.managementUrl}/management/subscribers/${path}`, body);
};
const happened = (kind: string) => effects(operator.managementUrl, kind);

beforeEach(() => {
  world = new World();
});
afterEach(() => world.end());

describe('managing subscribers', () => {
  beforeEach(() => start());

  test('one that is made twice with the same keys is made once', async () => {
    for (const attempt of [1, 2]) expect([attempt, (await provision(operator, imsi)).status]).toEqual([attempt, 204]);
    expect(await happened('provisioned')).toHaveLength(1);
    expect((await manage(`GET ${imsi}`)).body).toEqual({
      ...{ imsi, msisdn: '9990290000001', barred: false, attached: false, locationUpdate: null },
      ...{ authentication: null, refusedAt: null, refusal: null },
    });
  });

  test('one that is there with other keys is not overwritten', async () => {
    await provision(operator, imsi);
    const other = { msisdn: '9990290000001', k: '00'.repeat(16), opc: '11'.repeat(16) };
    expect(await manage(`PUT ${imsi}`, other)).toMatchObject({ status: 409, body: { code: 'SUBSCRIBER_EXISTS' } });
  });

  test('one that was barred stays barred when it is made again', async () => {
    await provision(operator, imsi);
    await manage(`PUT ${imsi}/bar`);
    expect((await provision(operator, imsi)).status).toBe(204);
    expect((await manage(`GET ${imsi}`)).body).toMatchObject({ barred: true });
  });

  test('barring and giving access back may be repeated, and each is told once', async () => {
    await provision(operator, imsi);
    for (const what of ['PUT', 'PUT', 'DELETE', 'DELETE'])
      expect((await manage(`${what} ${imsi}/bar`)).status).toBe(204);
    expect(await happened('barred')).toHaveLength(1);
    expect(await happened('unbarred')).toHaveLength(1);
  });

  test('removing bars first, may be repeated, and leaves nothing', async () => {
    await provision(operator, imsi);
    for (const attempt of [1, 2]) expect([attempt, (await manage(`DELETE ${imsi}`)).status]).toEqual([attempt, 204]);
    expect(await happened('barred')).toHaveLength(1);
    expect(await happened('deleted')).toHaveLength(1);
    expect((await manage(`GET ${imsi}`)).body).toMatchObject({ code: 'SUBSCRIBER_UNKNOWN' });
  });

  test('one that is not there can not be barred', async () => {
    expect((await manage(`PUT ${imsi}/bar`)).status).toBe(404);
  });

  test('an IMSI that was removed can be made again with other keys, and knows nothing of its earlier life', async () => {
    await provision(operator, imsi);
    await attachCard(operator, { imsi, operator: 'operator-2' });
    await manage(`DELETE ${imsi}`);
    expect(
      (await manage(`PUT ${imsi}`, { msisdn: '9990290000001', k: '00'.repeat(16), opc: '11'.repeat(16) })).status,
    ).toBe(204);
    expect((await manage(`GET ${imsi}`)).body).toMatchObject({ barred: false, attached: false, locationUpdate: null });
  });

  test('a card of the cards file is attached at its operator from the beginning', async () => {
    const { body } = await manage(`GET ${factory.imsi}`);
    expect(body).toMatchObject({ barred: false, attached: true, locationUpdate: { imei: factory.imei } });
  });

  test('a key that is not 16 octets is refused without being repeated', async () => {
    const reply = await manage(`PUT ${imsi}`, { msisdn: '9990290000001', k: 'abcdef12', opc: '11'.repeat(16) });
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect(JSON.stringify(reply.body)).not.toContain('abcdef12');
  });

  test('keys stand nowhere in the journal or among the effects', async () => {
    const k = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';
    await manage(`PUT ${imsi}`, { msisdn: '9990290000001', k, opc: k });
    const journal = readFileSync(join(world.dataFolder, 'simulators', 'operator-2', 'journal.jsonl'), 'latin1');
    const said = JSON.stringify((await http(`GET ${operator.managementUrl}/simulator/effects`)).body);
    for (const text of [journal, said]) {
      expect(text).not.toContain(k);
      expect(text).not.toContain(Buffer.from(k, 'hex').toString('base64').slice(0, -2));
    }
  });
});

describe('the back office', () => {
  const ask = (changeId: string): Promise<Reply> =>
    http(`POST ${operator.managementUrl}/back-office/consents/${changeId}`, {
      ...{ iccid: factory.iccid, imsi: factory.imsi, targetOperator: 'operator-1' },
    });
  const permissions = async () => (await http(`GET ${operator.managementUrl}/back-office/permissions`)).body;
  beforeEach(() => start());

  test('consent is granted unless the fault plan says otherwise', async () => {
    expect((await ask('c1')).body).toEqual({ decision: 'granted' });
  });

  test('a decision stands, whatever the fault plan says later', async () => {
    await faults({ consent: 'refused' });
    expect((await ask('c1')).body).toMatchObject({ decision: 'refused', reason: expect.any(String) as string });
    await faults({});
    expect((await ask('c1')).body).toMatchObject({ decision: 'refused' });
    expect(await happened('consentAsked')).toHaveLength(1);
  });

  test('a pending decision is made later', async () => {
    await faults({ consent: 'pending' });
    expect((await ask('c1')).body).toEqual({ decision: 'pending' });
    await faults({ consent: 'granted' });
    expect((await ask('c1')).body).toEqual({ decision: 'granted' });
  });

  test('giving out and releasing are allowed unless the fault plan says otherwise', async () => {
    expect(await permissions()).toEqual({ reserve: true, release: true });
    await faults({ poolEmpty: true, releaseRefused: true });
    expect(await permissions()).toEqual({ reserve: false, release: false });
  });
});

describe('faults', () => {
  test('an HLR that is down says so to management and serving nodes, and changes nothing', async () => {
    await start({ faults: { down: true } });
    expect(await provision(operator, imsi)).toMatchObject({ status: 503, body: { code: 'HLR_DOWN' } });
    await expect(attachCard(operator, { imsi: factory.imsi, operator: 'operator-2' })).rejects.toThrow(
      'gave no vector',
    );
    await faults({});
    expect((await manage(`GET ${imsi}`)).status).toBe(404);
  });

  test('an HLR that is down for two calls answers the third', async () => {
    await start({ faults: { downFor: { calls: 2 } } });
    const answers = [await provision(operator, imsi), await provision(operator, imsi), await provision(operator, imsi)];
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 204]);
  });

  test('an answer can be lost after the work was done, and the repetition finds it done', async () => {
    await start({ faults: { loseAnswers: { probability: 1 } } });
    await expect(provision(operator, imsi)).rejects.toThrow();
    await faults({});
    expect((await provision(operator, imsi)).status).toBe(204);
    expect(await happened('provisioned')).toHaveLength(1);
  });

  test('the same plan loses the same answers on every run', async () => {
    const outcomes = async (): Promise<boolean[]> => {
      await faults({ loseAnswers: { probability: 0.5 }, seed: 'repeat' });
      const results: boolean[] = [];
      for (let call = 0; call < 12; call += 1) {
        results.push(await provision(operator, imsi).then(Boolean, () => false));
      }
      return results;
    };
    await start();
    const first = await outcomes();
    expect(new Set(first)).toEqual(new Set([true, false]));
    expect(await outcomes()).toEqual(first);
  });

  test('a fault plan with a word that nobody knows is refused', async () => {
    await start();
    expect(await faults({ dwon: true })).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  });
});
