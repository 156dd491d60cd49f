import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { HlrError } from '../../../gateway/hlr.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { Secret } from '../../../telecom/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

const OTHER_CARD = '8999901000000000021';

describe('reservations at a gateway', () => {
  const system = new RunningSystem();
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = new GatewayUnderTest(system);
    await gateway.start();
  });
  afterEach(() => gateway.stop());
  afterAll(() => system.close());

  const onceAfter = (call: string, happens: () => Promise<void>): void => {
    gateway.hlr.onDone = (done) => {
      if (done !== call) return Promise.resolve();
      gateway.hlr.onDone = () => Promise.resolve();
      return happens();
    };
  };
  const lostAnswer = () => Promise.reject(new HlrError('unreachable', 'the answer was lost'));

  test('a change that asks again gets the same subscriber, with keys that open to those of the HLR', async () => {
    const changeId = randomUUID();
    const first = await gateway.reserve(changeId);
    const again = await gateway.reserve(changeId);
    expect(again).toMatchObject({ imsi: first.imsi, msisdn: first.msisdn });
    const { k, opc } = gateway.hlr.keysOf(first.imsi) ?? {};
    const keys = { k: toHex(k?.reveal() ?? new Uint8Array()), opc: toHex(opc?.reveal() ?? new Uint8Array()) };
    await expect(gateway.opened(changeId, first)).resolves.toEqual(keys);
    await expect(gateway.opened(changeId, again)).resolves.toEqual(keys);
    expect(await gateway.history(changeId)).toEqual(['reserved']);
  });

  test('no key is in an answer in clear, nor in the database, nor in the log', async () => {
    const { changeId, ...reservation } = await gateway.reserveNew();
    const { k, opc } = await gateway.opened(changeId, reservation);
    const { store } = gateway.running.operator;
    const stored = await Promise.all(
      Object.values(store.tables).map((table) =>
        store.database
          .selectFrom(table.as('one') as never)
          .selectAll()
          .execute(),
      ),
    );
    const everything = JSON.stringify([reservation, stored, gateway.lines]);
    expect(everything).toContain(reservation.imsi);
    for (const key of [k, opc]) expect(everything).not.toContain(key);
  });

  test('calls of one change at the same moment reserve one subscriber', async () => {
    const changeId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => gateway.reserve(changeId)));
    expect(new Set(answers.map(({ imsi }) => imsi)).size).toBe(1);
    expect(gateway.hlr.imsis).toHaveLength(1);
    expect(await gateway.history(changeId)).toEqual(['reserved']);
  });

  test('calls of one change that is held up are told to ask again, and hold up no other change', async () => {
    const changeId = randomUUID();
    let goOn: () => void = () => undefined;
    const made = new Promise<void>((begun) => {
      onceAfter('create', () => {
        begun();
        return new Promise((resolve) => (goOn = resolve));
      });
    });
    const first = gateway.reserve(changeId);
    await made;
    const others = Promise.allSettled(Array.from({ length: 12 }, () => gateway.reserve(changeId)));
    const asked = performance.now();
    await gateway.reserveNew();
    expect(performance.now() - asked).toBeLessThan(1_500);
    for (const other of await others)
      expect(other).toMatchObject({
        reason: {
          type: 'HLR_UNREACHABLE',
          nextRetryDelay: 1_000,
          message: expect.stringContaining('ask again') as string,
        },
      });
    goOn();
    const { imsi } = await first;
    await expect(gateway.reserve(changeId)).resolves.toMatchObject({ imsi });
  });

  test('changes that reserve at the same moment get a subscriber each', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => gateway.reserveNew()));
    expect(new Set(answers.map(({ imsi }) => imsi)).size).toBe(24);
    expect(gateway.hlr.imsis).toHaveLength(24);
  });

  test('a gateway that dies between HLR and database finds what it began', async () => {
    const changeId = randomUUID();
    const made = new Promise<void>((resolve) => {
      onceAfter('create', () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    const lost = gateway.reserve(changeId);
    await Promise.race([made, lost]);
    await Promise.all([expect(lost).rejects.toThrow(), gateway.die()]);
    await gateway.start();
    const { imsi } = await gateway.reserve(changeId);
    expect(gateway.hlr.imsis).toEqual([imsi]);
    expect(await gateway.history(changeId)).toEqual(['reserved']);
  });

  test('an HLR that hangs on many changes leaves connections for what asks no HLR', async () => {
    const there = await gateway.reserveNew();
    let release: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => (release = resolve));
    let atWork = 0;
    gateway.hlr.onDone = () => {
      atWork += 1;
      return hanging;
    };
    const reserving = Promise.allSettled(Array.from({ length: 12 }, () => gateway.reserveNew()));
    await eventually(() => {
      expect(atWork).toBe(6);
    });
    expect(await gateway.client.subscriber(there.imsi)).toMatchObject({ state: 'reserved' });
    // Those that found no place are told to ask again, and nothing of them was begun.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(atWork).toBe(6);
    release();
    const codes = (await reserving).map((one) => (one.status === 'fulfilled' ? 'reserved' : String(one.reason)));
    expect(codes.filter((code) => code === 'reserved')).toHaveLength(6);
    expect(codes.filter((code) => code.includes('ask again'))).toHaveLength(6);
  });

  test('an answer of the HLR that was lost is asked for again, without a second subscriber', async () => {
    const changeId = randomUUID();
    onceAfter('create', lostAnswer);
    await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    const { imsi } = await gateway.reserve(changeId);
    expect(gateway.hlr.imsis).toEqual([imsi]);
  });

  test('an IMSI of the pool that somebody else has at the HLR is passed over and left alone', async () => {
    const { imsi, msisdn } = await gateway.reserveNew();
    const foreign = { k: Secret.of(new Uint8Array(16).fill(1)), opc: Secret.of(new Uint8Array(16).fill(2)) };
    await gateway.hlr.remove(imsi);
    const other = new GatewayUnderTest(system, { pool: gateway.config.pool });
    await other.hlr.create({ imsi, msisdn, ...foreign });
    await other.start();
    try {
      const reserved = await other.reserveNew();
      expect(reserved.imsi).not.toBe(imsi);
      expect(other.hlr.keysOf(imsi)).toMatchObject(foreign);
      expect(other.lines.join('\n')).toContain('passed over');
    } finally {
      await other.stop();
    }
  });

  test('a change that was withdrawn before it reserved never reserves', async () => {
    const changeId = randomUUID();
    await expect(gateway.client.withdraw(changeId)).resolves.toEqual({ state: 'neverReserved' });
    await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'RESERVATION_WITHDRAWN' });
    expect(gateway.hlr.imsis).toEqual([]);
  });

  test('a change can not reserve for another card', async () => {
    const { changeId } = await gateway.reserveNew();
    await expect(gateway.reserve(changeId, OTHER_CARD)).rejects.toMatchObject({ type: 'HLR_REFUSED' });
  });

  test('a withdrawal bars, may be repeated, and its change reserves nothing more', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    for (const attempt of [1, 2])
      expect([attempt, await gateway.client.withdraw(changeId)]).toEqual([attempt, { state: 'quarantined' }]);
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: true });
    await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'RESERVATION_WITHDRAWN' });
    expect(await gateway.history(changeId)).toEqual(['reserved', 'withdrawn']);
  });

  test('a withdrawal that was cut off is ended by the sweep', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    onceAfter('bar', lostAnswer);
    await expect(gateway.client.withdraw(changeId)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    await gateway.age(0);
    expect(await gateway.history(changeId)).toEqual(['reserved', 'withdrawn']);
    expect(await gateway.client.subscriber(imsi)).toMatchObject({ state: 'quarantined' });
  });

  test('what a card has attached with is neither withdrawn nor given out again', async () => {
    const { changeId, imsi } = await gateway.reserveNew();
    gateway.hlr.attach(imsi, gateway.now);
    await expect(gateway.client.withdraw(changeId)).rejects.toMatchObject({ type: 'SUBSCRIBER_ATTACHED' });
    await expect(gateway.reserve(changeId)).rejects.toMatchObject({ type: 'HLR_REFUSED' });
    expect(await gateway.hlr.subscriber(imsi)).toMatchObject({ barred: false, attached: true });
  });

  test('who shows no certificate is not let in', async () => {
    const ca = readFileSync(system.config.operatorTls.ca);
    const dispatcher = new Agent({ connect: { ca } });
    const url = `${gateway.running.url}/v1/reservations/${randomUUID()}`;
    await expect(request(url, { method: 'PUT', dispatcher })).rejects.toThrow();
    await dispatcher.destroy();
  });

  test('who shows a certificate of the authority with another name than the file gives is refused', async () => {
    const { tls } = gateway.config;
    const closed = new GatewayUnderTest(system, { tls: { ...tls, client: 'Another client of the authority' } });
    await closed.start();
    try {
      const refused = expect(closed.reserveNew()).rejects;
      await refused.toMatchObject({ type: 'HLR_REFUSED', message: expect.stringContaining('tls.client') as string });
      expect(closed.hlr.imsis).toEqual([]);
    } finally {
      await closed.stop();
    }
  });
});
