import { sql } from 'kysely';
import type { GatewayFile } from '../../../gateway/config.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

describe('the pool of a gateway', () => {
  const system = new RunningSystem();
  let gateway: GatewayUnderTest;
  afterEach(() => gateway.stop());
  afterAll(() => system.close());

  async function start(pool: Partial<GatewayFile['pool']>): Promise<void> {
    const { config } = new GatewayUnderTest(system);
    gateway = new GatewayUnderTest(system, { quarantineDays: 30, pool: { ...config.pool, ...pool } });
    await gateway.start();
  }
  const reserve = async (count: number) => {
    const reserved: string[] = [];
    for (let each = 0; each < count; each += 1) reserved.push((await gateway.reserveNew()).changeId);
    return reserved;
  };
  const warnings = () => gateway.lines.filter((line) => /POOL_(LOW|RECOVERED)/.test(line));
  const noted = async () => {
    const { rows } = await sql<{ line: string }>`
      select kind || ': ' || detail as line from ${gateway.running.operator.store.tables.history}
      where kind like 'pool%' order by id`.execute(system.resources.database);
    return rows.map(({ line }) => line);
  };

  test('is told to be low once, before it is empty, and again only after it has recovered', async () => {
    await start({ size: 6, lowWater: 2 });
    const [first = '', second = '', third = ''] = await reserve(3);
    await gateway.age(0);
    expect(warnings()).toEqual([]);
    await reserve(1);
    await gateway.age(0);
    await gateway.age(0);
    expect(warnings()).toEqual([expect.stringMatching(/POOL_LOW.*"free":2,"size":6/)]);

    // One that comes back is no recovery: it may be the next to go.
    await gateway.client.withdraw(first);
    await gateway.age(30);
    expect(warnings()).toHaveLength(1);
    for (const changeId of [second, third]) await gateway.client.withdraw(changeId);
    await gateway.age(30);
    await gateway.age(0);
    expect(warnings().at(-1)).toMatch(/POOL_RECOVERED/);
    await reserve(4);
    await gateway.age(0);
    expect(warnings().filter((line) => line.includes('POOL_LOW'))).toHaveLength(2);
    expect((await noted()).map((line) => line.split(':')[0])).toEqual(['poolLow', 'poolRecovered', 'poolLow']);
  });

  test('tells how many IMSIs it can give now: neither those in quarantine, nor any that the operator lets nobody have', async () => {
    await start({ size: 3 });
    expect(await gateway.client.pool()).toEqual({ free: 3, size: 3 });
    const [first = ''] = await reserve(2);
    await gateway.client.withdraw(first);
    expect(await gateway.client.pool()).toEqual({ free: 1, size: 3 });
    await gateway.age(30);
    expect(await gateway.client.pool()).toEqual({ free: 2, size: 3 });
  });

  test('is low with a tenth of it left, unless its file says otherwise', async () => {
    await start({ size: 20 });
    await reserve(17);
    await gateway.age(0);
    expect(await noted()).toEqual([]);
    await reserve(1);
    await gateway.age(0);
    expect(await noted()).toEqual(['poolLow: 2 of 20 left']);
  });

  test('is told to be low by one process, although the next one finds it so', async () => {
    await start({ size: 2, lowWater: 1 });
    await reserve(1);
    await gateway.age(0);
    await gateway.die();
    await gateway.start();
    await gateway.age(0);
    expect(warnings()).toHaveLength(1);
  });
});
