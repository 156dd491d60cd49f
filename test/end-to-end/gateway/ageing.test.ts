import { HlrError } from '../../../gateway/hlr.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

describe('a gateway over time', () => {
  const system = new RunningSystem();
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    const { pool } = new GatewayUnderTest(system).config;
    gateway = new GatewayUnderTest(system, { leaseDays: 30, quarantineDays: 30, pool: { ...pool, size: 1 } });
    await gateway.start();
  });
  afterEach(() => gateway.stop());
  afterAll(() => system.close());

  test('a lease that ran out bars the subscriber, and its change reserves nothing more', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    await gateway.age(29);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false });
    await gateway.age(1);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'quarantined' });
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: true });
    await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'RESERVATION_WITHDRAWN' });
    await expect(gateway.client.renew(changeId)).rejects.toMatchObject({ type: 'RESERVATION_WITHDRAWN' });
    expect(await gateway.history(changeId)).toEqual(['reserved', 'lapsed']);
  });

  test('a lease is renewed when Rehome asks for it, and when it reserves again', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    await gateway.age(20);
    await expect(gateway.client.renew(changeId)).resolves.toEqual({ leaseUntil: '2026-02-20T00:00:00.000Z' });
    await gateway.age(20);
    await expect(gateway.reserve(changeId)).resolves.toMatchObject({ imsi, leaseUntil: '2026-03-12T00:00:00.000Z' });
    await gateway.age(20);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false });
  });

  test('what a card has attached with never lapses', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    gateway.hlr.attach(imsi, gateway.now);
    await gateway.age(365);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false, attached: true });
    await expect(gateway.client.renew(changeId)).resolves.toEqual({ leaseUntil: null });
  });

  test('a quarantined IMSI stays at the HLR until its time is over, then it is given again with other keys', async () => {
    const first = await gateway.reserveNew();
    const { k } = await gateway.opened(first.changeId, first);
    await gateway.client.withdraw(first.changeId);
    await gateway.age(29);
    expect(gateway.hlr.imsis).toEqual([first.imsi]);
    await expect(gateway.reserveNew()).rejects.toMatchObject({ type: 'IMSI_POOL_EMPTY' });
    await gateway.age(1);
    expect(gateway.hlr.imsis).toEqual([]);
    const second = await gateway.reserveNew();
    expect(second.imsi).toBe(first.imsi);
    expect((await gateway.opened(second.changeId, second)).k).not.toBe(k);
    await expect(gateway.client.withdraw(first.changeId)).resolves.toEqual({ state: 'quarantined' });
    expect(await gateway.hlr.subscriber(second.imsi)).toMatchObject({ barred: false });
  });

  test('a quarantined IMSI can not be deleted before its time', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    await gateway.client.withdraw(changeId);
    await expect(gateway.client.remove(imsi, 'change-1')).rejects.toMatchObject({ type: 'HLR_REFUSED' });
    expect(gateway.hlr.imsis).toEqual([imsi]);
  });

  test('a removal whose answer was lost is ended by the next sweep', async () => {
    const { changeId } = await gateway.reserveNew();
    await gateway.client.withdraw(changeId);
    gateway.hlr.onDone = () => Promise.reject(new HlrError('unreachable', 'the answer was lost'));
    await gateway.age(30);
    expect(gateway.lines.join('\n')).toContain('the answer was lost');
    await expect(gateway.reserveNew()).rejects.toMatchObject({ type: 'IMSI_POOL_EMPTY' });
    gateway.hlr.onDone = () => Promise.resolve();
    await gateway.age(0);
    await expect(gateway.reserveNew()).resolves.toMatchObject({ msisdn: expect.any(String) as string });
  });

  test('a released subscriber leaves the HLR at once, and its IMSI rests before it is given again', async () => {
    const { imsi } = await gateway.reserveNew();
    gateway.hlr.attach(imsi, gateway.now);
    await expect(gateway.client.remove(imsi, 'change-1')).rejects.toMatchObject({ type: 'HLR_REFUSED' });
    for (const attempt of [1, 2]) {
      await gateway.client.bar(imsi, 'change-1');
      await gateway.client.remove(imsi, 'change-1');
      expect([attempt, gateway.hlr.imsis]).toEqual([attempt, []]);
    }
    await expect(gateway.reserveNew()).rejects.toMatchObject({ type: 'IMSI_POOL_EMPTY' });
    await gateway.age(30);
    await expect(gateway.reserveNew()).resolves.toMatchObject({ imsi });
  });

  test('a release that is repeated after its IMSI was given again does not touch the next subscriber', async () => {
    const { imsi } = await gateway.reserveNew();
    expect([await gateway.client.bar(imsi, 'first'), await gateway.client.remove(imsi, 'first')]).toEqual([
      'done',
      'done',
    ]);
    await gateway.age(30);
    expect((await gateway.reserveNew()).imsi).toBe(imsi);
    gateway.hlr.attach(imsi, gateway.now);
    expect([await gateway.client.bar(imsi, 'first'), await gateway.client.remove(imsi, 'first')]).toEqual([
      'done',
      'done',
    ]);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false, attached: true });
    expect(await gateway.client.bar(imsi, 'second')).toBe('done');
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: true });
  });

  test('a deletion whose answer was lost is ended when it is asked for again', async () => {
    const { imsi } = await gateway.reserveNew();
    await gateway.client.bar(imsi, 'change-1');
    gateway.hlr.onDone = () => Promise.reject(new HlrError('unreachable', 'the answer was lost'));
    await expect(gateway.client.remove(imsi, 'change-1')).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    gateway.hlr.onDone = () => Promise.resolve();
    await expect(gateway.client.remove(imsi, 'change-1')).resolves.toBe('done');
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'deleted' });
  });

  test('a subscriber that the HLR has lost is unknown, not deleted', async () => {
    const { imsi } = await gateway.reserveNew();
    await gateway.hlr.remove(imsi);
    expect([await gateway.client.bar(imsi, 'change-1'), await gateway.client.remove(imsi, 'change-1')]).toEqual([
      'unknown',
      'unknown',
    ]);
  });
});
