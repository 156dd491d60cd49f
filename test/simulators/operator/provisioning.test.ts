import { World, demoCard, effects, http, type Reply } from '../harness.ts';
import type { SimulatedOperator } from '../../../simulators/operator/index.ts';
import { attachCard } from '../radio.ts';

const { iccid } = demoCard('operator-1', 1);
const other = demoCard('operator-1', 2).iccid;

let world: World;
let operator: SimulatedOperator;
let call: (what: string, body?: object) => Promise<Reply>;

const start = async (changes: Parameters<World['operator']>[1] = {}): Promise<void> => {
  operator = await world.operator('operator-2', changes);
  call = await world.provisioning(operator);
};
const faults = (plan: object): Promise<Reply> => http(`PUT ${operator.radioUrl}/simulator/faults`, plan);
const reserve = (changeId: string, card = iccid): Promise<Reply> =>
  call(`PUT /v1/reservations/${changeId}`, { iccid: card });
const reservedImsi = async (changeId: string): Promise<string> => String((await reserve(changeId)).body['imsi']);
const attach = (imsi: string): Promise<Reply> => attachCard(operator, { imsi, operator: 'operator-2' });

beforeEach(() => {
  world = new World();
});
afterEach(() => world.end());

describe('reservations', () => {
  beforeEach(() => start());

  test('a reservation gives an IMSI of the operator, an MSISDN and the keys of a new subscriber', async () => {
    const { status, body } = await reserve('c1');
    expect(status).toBe(200);
    expect(body).toEqual({
      changeId: 'c1',
      imsi: '001029000000001',
      msisdn: '9990290000001',
      state: 'reserved',
      k: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      opc: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
  });

  test('the same change gets the same answer again, and only one IMSI', async () => {
    const first = await reserve('c1');
    expect((await reserve('c1')).body).toEqual(first.body);
    expect(await effects(operator.radioUrl, 'reserved')).toHaveLength(1);
  });

  test('another change gets another IMSI', async () => {
    expect(await reservedImsi('c1')).not.toBe(await reservedImsi('c2'));
  });

  test('a reservation can be asked for without its keys', async () => {
    const imsi = await reservedImsi('c1');
    const { body } = await call('GET /v1/reservations/c1');
    expect(body).toEqual({ changeId: 'c1', imsi, msisdn: '9990290000001', state: 'reserved' });
  });

  test('a reservation that nobody made is not found', async () => {
    expect(await call('GET /v1/reservations/c1')).toMatchObject({ status: 404, body: { code: 'RESERVATION_UNKNOWN' } });
  });

  test('a change cannot reserve for a second card', async () => {
    await reserve('c1');
    expect(await reserve('c1', other)).toMatchObject({ status: 409, body: { code: 'CHANGE_ID_REUSED' } });
  });

  test('the keys are not given out again once a card has attached with them', async () => {
    await attach(await reservedImsi('c1'));
    expect(await reserve('c1')).toMatchObject({ status: 409, body: { code: 'RESERVATION_USED' } });
  });

  test('a body without a valid ICCID is refused, with the reason', async () => {
    const reply = await call('PUT /v1/reservations/c1', { iccid: '8999901000000000014' });
    expect(reply).toMatchObject({ status: 400, type: 'application/problem+json', body: { code: 'INVALID_REQUEST' } });
    expect(reply.body['detail']).toContain('check digit');
  });

  test('a path that is not part of the API is answered with a problem', async () => {
    expect(await call('GET /v2/anything')).toMatchObject({ status: 404, body: { code: 'NO_SUCH_RESOURCE' } });
  });
});

test('an empty pool refuses a new reservation and still answers the old ones', async () => {
  await start({ poolSize: 1 });
  const { body } = await reserve('c1');
  expect(await reserve('c2')).toMatchObject({ status: 409, body: { code: 'POOL_EMPTY' } });
  expect((await reserve('c1')).body).toEqual(body);
});

describe('withdrawing', () => {
  beforeEach(() => start());

  test('a withdrawn IMSI is kept in quarantine, also when it is withdrawn again', async () => {
    const imsi = await reservedImsi('c1');
    expect((await call('POST /v1/reservations/c1/withdraw')).body).toEqual({ state: 'quarantined' });
    expect((await call('POST /v1/reservations/c1/withdraw')).body).toEqual({ state: 'quarantined' });
    expect((await call(`GET /v1/subscribers/${imsi}`)).body).toMatchObject({ state: 'quarantined' });
    expect(await effects(operator.radioUrl, 'withdrawn')).toHaveLength(1);
  });

  test('a reservation that comes after its withdrawal does not happen', async () => {
    expect((await call('POST /v1/reservations/c1/withdraw')).body).toEqual({ state: 'neverReserved' });
    expect((await call('POST /v1/reservations/c1/withdraw')).body).toEqual({ state: 'neverReserved' });
    expect(await reserve('c1')).toMatchObject({ status: 410, body: { code: 'RESERVATION_WITHDRAWN' } });
    expect(await effects(operator.radioUrl, 'reserved')).toEqual([]);
  });

  test('a withdrawn reservation is not given out again', async () => {
    await reserve('c1');
    await call('POST /v1/reservations/c1/withdraw');
    expect((await reserve('c1')).status).toBe(410);
  });

  test('a quarantined IMSI is not given to the next change', async () => {
    const imsi = await reservedImsi('c1');
    await call('POST /v1/reservations/c1/withdraw');
    expect(await reservedImsi('c2')).not.toBe(imsi);
  });

  test('an IMSI that a card has attached with is not withdrawn', async () => {
    const imsi = await reservedImsi('c1');
    await attach(imsi);
    expect(await call('POST /v1/reservations/c1/withdraw')).toMatchObject({
      status: 409,
      body: { code: 'SUBSCRIBER_ATTACHED' },
    });
    expect((await call(`GET /v1/subscribers/${imsi}`)).body).toMatchObject({ state: 'active' });
  });

  test('an IMSI in quarantine cannot attach, and cannot be deleted', async () => {
    const imsi = await reservedImsi('c1');
    await call('POST /v1/reservations/c1/withdraw');
    expect((await attach(imsi)).status).toBe(403);
    expect(await call(`DELETE /v1/subscribers/${imsi}`)).toMatchObject({
      status: 409,
      body: { code: 'IN_QUARANTINE' },
    });
  });
});

describe('subscribers', () => {
  beforeEach(() => start());

  test('a reserved subscriber becomes active at its first location update, which is told with time and device', async () => {
    const imsi = await reservedImsi('c1');
    expect((await call(`GET /v1/subscribers/${imsi}`)).body).toEqual({
      imsi,
      state: 'reserved',
      attached: false,
      locationUpdate: null,
    });
    await attach(imsi);
    expect((await call(`GET /v1/subscribers/${imsi}`)).body).toEqual({
      imsi,
      state: 'active',
      attached: true,
      locationUpdate: { at: expect.stringMatching(/Z$/) as string, imei: demoCard('operator-1', 1).imei },
    });
  });

  test('a card of the cards file is attached at its operator from the beginning', async () => {
    const { imsi, imei } = demoCard('operator-2', 1);
    const { body } = await call(`GET /v1/subscribers/${imsi}`);
    expect(body).toMatchObject({ state: 'active', attached: true, locationUpdate: { imei } });
  });

  test('a subscriber that the HLR does not have is not found', async () => {
    const { imsi } = demoCard('operator-1', 1);
    expect((await call(`GET /v1/subscribers/${imsi}`)).status).toBe(404);
    expect((await call(`PUT /v1/subscribers/${imsi}/bar`)).status).toBe(404);
    expect((await call(`DELETE /v1/subscribers/${imsi}`)).status).toBe(404);
  });

  test('a subscriber has to be barred before it is deleted; both may be repeated', async () => {
    const { imsi } = demoCard('operator-2', 1);
    expect(await call(`DELETE /v1/subscribers/${imsi}`)).toMatchObject({ status: 409, body: { code: 'NOT_BARRED' } });
    for (const what of ['PUT', 'PUT']) expect((await call(`${what} /v1/subscribers/${imsi}/bar`)).status).toBe(204);
    for (const what of ['DELETE', 'DELETE']) expect((await call(`${what} /v1/subscribers/${imsi}`)).status).toBe(204);
    expect((await call(`PUT /v1/subscribers/${imsi}/bar`)).status).toBe(204);
    expect(await effects(operator.radioUrl, 'barred')).toHaveLength(1);
    expect(await effects(operator.radioUrl, 'deleted')).toHaveLength(1);
  });

  test('deleting a subscriber cancels its location', async () => {
    const { imsi } = demoCard('operator-2', 1);
    await call(`PUT /v1/subscribers/${imsi}/bar`);
    await call(`DELETE /v1/subscribers/${imsi}`);
    const { body } = await call(`GET /v1/subscribers/${imsi}`);
    expect(body).toEqual({ imsi, state: 'deleted', attached: false, locationUpdate: null });
  });

  test('an operator that does not release answers so, and changes nothing', async () => {
    const { imsi } = demoCard('operator-2', 1);
    await faults({ releaseRefused: true });
    expect(await call(`PUT /v1/subscribers/${imsi}/bar`)).toMatchObject({
      status: 403,
      body: { code: 'RELEASE_REFUSED' },
    });
    expect(await call(`DELETE /v1/subscribers/${imsi}`)).toMatchObject({
      status: 403,
      body: { code: 'RELEASE_REFUSED' },
    });
    expect((await call(`GET /v1/subscribers/${imsi}`)).body).toMatchObject({ state: 'active' });
  });
});

describe('consent', () => {
  const { imsi } = demoCard('operator-2', 1);
  const ask = (changeId: string): Promise<Reply> =>
    call(`POST /v1/consents/${changeId}`, { iccid, imsi, targetOperator: 'operator-1' });
  beforeEach(() => start());

  test('consent is granted unless the fault plan says otherwise', async () => {
    expect((await ask('c1')).body).toEqual({ decision: 'granted' });
  });

  test('a decision stands, whatever the fault plan says later', async () => {
    await faults({ consent: 'refused' });
    expect((await ask('c1')).body).toMatchObject({ decision: 'refused', reason: expect.any(String) as string });
    await faults({});
    expect((await ask('c1')).body).toMatchObject({ decision: 'refused' });
    expect(await effects(operator.radioUrl, 'consentAsked')).toHaveLength(1);
  });

  test('a pending decision is made later', async () => {
    await faults({ consent: 'pending' });
    expect((await ask('c1')).body).toEqual({ decision: 'pending' });
    await faults({ consent: 'granted' });
    expect((await ask('c1')).body).toEqual({ decision: 'granted' });
    expect(await effects(operator.radioUrl, 'consentAsked')).toHaveLength(1);
  });
});

describe('faults', () => {
  test('an HLR that is down says so, says when to try again, and changes nothing', async () => {
    await start({ faults: { down: true } });
    const reply = await reserve('c1');
    expect(reply).toMatchObject({ status: 503, body: { code: 'HLR_DOWN' } });
    expect(reply.headers['retry-after']).toBe('1');
    await faults({});
    expect((await call('GET /v1/reservations/c1')).status).toBe(404);
  });

  test('an HLR that is down for two calls answers the third', async () => {
    await start({ faults: { downFor: { calls: 2 } } });
    expect([await reserve('c1'), await reserve('c1'), await reserve('c1')].map(({ status }) => status)).toEqual([
      503, 503, 200,
    ]);
  });

  test('an answer can be lost after the work was done, and the repetition finds it done', async () => {
    await start({ faults: { loseAnswers: { probability: 1 } } });
    await expect(reserve('c1')).rejects.toThrow();
    await faults({});
    expect((await reserve('c1')).status).toBe(200);
    expect(await effects(operator.radioUrl, 'reserved')).toHaveLength(1);
  });

  test('the same plan loses the same answers on every run', async () => {
    const outcomes = async (): Promise<boolean[]> => {
      await faults({ loseAnswers: { probability: 0.5 }, seed: 'repeat' });
      const calls = Array.from({ length: 12 }, () =>
        reserve('c1').then(
          () => true,
          () => false,
        ),
      );
      const results: boolean[] = [];
      for (const one of calls) results.push(await one);
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
