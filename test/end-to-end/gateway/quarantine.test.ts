import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HlrError } from '../../../gateway/hlr.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeHlr } from '../../support/fake-hlr.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

/** Of the watch over the quarantine. */
const SOME_ROUNDS_MS = 200;

describe.each(['outcomes', 'lastSqn'] as const)('a quarantine at an HLR that tells %s of authentications', (tells) => {
  const system = new RunningSystem();
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    const { pool } = new GatewayUnderTest(system).config;
    const changes = { leaseDays: 30, quarantineDays: 30, pool: { ...pool, size: 1 } };
    gateway = new GatewayUnderTest(system, changes, new FakeHlr(tells));
    await gateway.start();
  });
  afterEach(() => gateway.stop());
  afterAll(() => system.close());

  const quarantined = async () => {
    const reserved = await gateway.reserveNew();
    await gateway.client.withdraw(reserved.changeId);
    return reserved;
  };

  test('an IMSI that a card tried to use is not deleted when its time is over, and a person is told once', async () => {
    const { imsi } = await quarantined();
    gateway.hlr.ask(imsi, gateway.now);
    await gateway.age(31);
    await gateway.age(1);
    expect(gateway.hlr.imsis).toEqual([imsi]);
    await expect(gateway.reserveNew()).rejects.toMatchObject({ type: 'IMSI_POOL_EMPTY' });
    expect(gateway.lines.filter((line) => line.includes('tried to use'))).toHaveLength(1);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({
      ...{ state: 'quarantined', refusedAt: expect.any(String) as string },
    });
  });

  test('what a card did before the IMSI was barred does not keep it', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    gateway.hlr.ask(imsi, gateway.now);
    await gateway.client.withdraw(changeId);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ refusedAt: null });
    await gateway.age(30);
    expect(gateway.hlr.imsis).toEqual([]);
  });

  test('an IMSI that is held back is given out again once the operator has deleted it at the HLR', async () => {
    const { imsi } = await quarantined();
    gateway.hlr.ask(imsi, gateway.now);
    await gateway.age(31);
    await gateway.hlr.remove(imsi);
    await gateway.age(0);
    const next = await gateway.reserveNew();
    expect(next.imsi).toBe(imsi);
    await gateway.client.withdraw(next.changeId);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ refusedAt: null });
  });

  test('a card that authenticates and does not attach is seen, in a time that the HLR or the gateway gives', async () => {
    const { imsi } = await gateway.reserveNew();
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ authentication: null });
    gateway.hlr.ask(imsi, gateway.now);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({
      ...{ state: 'reserved', authentication: { at: gateway.now, outcome: 'seen' } },
    });
  });

  test('a restored subscriber can attach again with its keys and a new lease, however often it is asked for', async () => {
    const reserved = await quarantined();
    const { changeId, imsi } = reserved;
    const { k } = await gateway.opened(changeId, reserved);
    gateway.hlr.ask(imsi, gateway.now);
    await gateway.age(31);
    const leaseUntil = '2026-03-03T00:00:00.000Z';
    for (const attempt of [1, 2])
      expect([attempt, await gateway.client.restore(changeId)]).toEqual([attempt, { imsi, leaseUntil }]);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'reserved', refusedAt: null });
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false });
    expect((await gateway.opened(changeId, await gateway.reserve(changeId))).k).toBe(k);
    await gateway.age(29);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false });
    await gateway.age(1);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'quarantined', refusedAt: null });
    expect((await gateway.history(changeId)).slice(0, 3)).toEqual(['reserved', 'withdrawn', 'restored']);
  });

  test('a restored subscriber with which a card has attached has no lease, and is not withdrawn any more', async () => {
    const { changeId, imsi } = await quarantined();
    await gateway.client.restore(changeId);
    gateway.hlr.attach(imsi, gateway.now);
    await expect(gateway.client.withdraw(changeId)).rejects.toMatchObject({ type: 'SUBSCRIBER_ATTACHED' });
    await expect(gateway.client.restore(changeId)).resolves.toEqual({ imsi, leaseUntil: null });
  });

  test('what was deleted or given to another change, or never reserved, is not restored', async () => {
    const { changeId } = await quarantined();
    await gateway.age(30);
    const gone = { type: 'RESERVATION_WITHDRAWN' };
    await expect(gateway.client.restore(changeId)).rejects.toMatchObject(gone);
    const heir = await gateway.reserveNew();
    await expect(gateway.client.restore(changeId)).rejects.toMatchObject(gone);
    expect(await gateway.hlr.subscriber(heir.imsi)).toMatchObject({ barred: false });
    const never = randomUUID();
    await gateway.client.withdraw(never);
    await expect(gateway.client.restore(never)).rejects.toMatchObject(gone);
    await expect(gateway.client.restore(randomUUID())).rejects.toMatchObject({ type: 'HLR_REFUSED' });
  });

  test.each(['create', 'unbar'] as const)(
    'a restoration that was cut off after %s is ended by the next',
    async (call) => {
      const { changeId, imsi } = await quarantined();
      gateway.hlr.onDone = (done) =>
        done === call ? Promise.reject(new HlrError('unreachable', 'the answer was lost')) : Promise.resolve();
      await expect(gateway.client.restore(changeId)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
      await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'RESERVATION_WITHDRAWN' });
      gateway.hlr.onDone = () => Promise.resolve();
      await gateway.age(29);
      await expect(gateway.client.restore(changeId)).resolves.toMatchObject({ imsi });
      expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false });
    },
  );

  test('a restoration that was cut off and never asked for again ends in quarantine with its lease', async () => {
    const { changeId, imsi } = await quarantined();
    gateway.hlr.onDone = (done) =>
      done === 'unbar' ? Promise.reject(new HlrError('unreachable', 'the answer was lost')) : Promise.resolve();
    await expect(gateway.client.restore(changeId)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    gateway.hlr.onDone = () => Promise.resolve();
    await gateway.age(30);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'quarantined' });
  });

  test('of many restorations at the same moment one is in the history', async () => {
    const { changeId } = await quarantined();
    await Promise.all(Array.from({ length: 8 }, () => gateway.client.restore(changeId)));
    expect(await gateway.history(changeId)).toEqual(['reserved', 'withdrawn', 'restored']);
  });
});

describe('a gateway in front of an HLR that publishes nothing', () => {
  const system = new RunningSystem();
  const host = { kind: 'osmo-hlr', host: '127.0.0.1', ctrlPort: 1, vtyPort: 1, pollSeconds: 0.05 } as const;
  const gateway = new GatewayUnderTest(system, { hlr: host, sweepSeconds: 0.05 }, new FakeHlr('lastSqn'));
  beforeAll(() => gateway.start());
  afterAll(async () => {
    await gateway.stop();
    await system.close();
  });

  test('publishes once that a card was refused in quarantine, and again when it comes again', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    gateway.hlr.ask(imsi, gateway.now);
    await eventually(async () => {
      expect(await gateway.client.subscriber(imsi)).toMatchObject({ authentication: { outcome: 'seen' } });
    });
    await gateway.client.withdraw(changeId);
    await delay(SOME_ROUNDS_MS);
    expect(gateway.published).toEqual([]);
    for (const times of [1, 2]) {
      await gateway.age(1);
      gateway.hlr.ask(imsi, gateway.now);
      await eventually(() => expect(gateway.published).toHaveLength(times));
      await delay(SOME_ROUNDS_MS);
      expect(gateway.published).toHaveLength(times);
    }
    expect(gateway.published.map(({ type, subject, time }) => [type, subject, time])).toEqual(
      ['2026-01-02', '2026-01-03'].map((day) => [
        ...['org.rehome.hlr.location-update-refused.v1', imsi, `${day}T00:00:00.000Z`],
      ]),
    );
  });

  test('publishes that a card has attached whose subscriber is restored', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    await gateway.client.withdraw(changeId);
    await gateway.client.restore(changeId);
    gateway.hlr.attach(imsi, gateway.now);
    const attached = { type: 'org.rehome.hlr.location-updated.v1', subject: imsi };
    await eventually(() => expect(gateway.published).toContainEqual(expect.objectContaining(attached)));
    // The reservation is settled after the event is published; a renewal in between must not take that back.
    await eventually(async () => expect(await gateway.client.renew(changeId)).toEqual({ leaseUntil: null }));
  });
});
