import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { parkEvent } from '../../services/event-router/park-event.ts';
import { listParkedEvents } from '../../services/event-router/parked-events.ts';
import { didNotWake, mayWake, tryLater, wakeOneWaiting } from '../../services/event-router/wake-up-limiter.ts';
import { locationUpdated } from '../support/events.ts';
import { RunningSystem } from '../support/running-system.ts';

const TOPIC = 'hlr.events';

describe('a flood of events', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  let changeId: string;
  beforeEach(async () => {
    changeId = randomUUID();
    await sql`
      insert into reservations (change_id, operator, iccid, state) values (${changeId}::uuid, 'operator-2', ${changeId}, 'reserved')`.execute(
      database,
    );
  });
  afterEach(async () => {
    await sql`delete from reservations where change_id = ${changeId}::uuid`.execute(database);
    await sql`delete from parked_events where topic like 'test.%'`.execute(database);
  });
  afterAll(() => system.close());

  const arrive = (id: string) => mayWake(database, changeId, { topic: TOPIC, event: { id } });
  const row = async () => {
    const { rows } = await sql<{ wakeUps: number; rest: number | null; waiting: { event: { id: string } } | null }>`
      select wake_ups as "wakeUps", waiting_event as waiting,
        case when next_wake_up > now() then round(extract(epoch from next_wake_up - now()))::integer end as rest
      from reservations where change_id = ${changeId}::uuid`.execute(database);
    return rows[0];
  };
  const restIsOver = () =>
    sql`update reservations set next_wake_up = now() where change_id = ${changeId}::uuid`.execute(database);
  test('of any size wakes a change once, by however many routers it comes, and keeps one event for later', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => arrive(`forged-${String(index)}`)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await row()).toMatchObject({ wakeUps: 1, rest: 5, waiting: { topic: TOPIC } });
  });

  test('lets a change rest twice as long after each wake-up, and at most an hour', async () => {
    const rests: unknown[] = [];
    for (let wakeUp = 0; wakeUp < 13; wakeUp += 1) {
      await restIsOver();
      expect(await arrive(String(wakeUp))).toBe(true);
      rests.push((await row())?.rest);
    }
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]);
  });

  test('does not take a wake-up back that was none: what the server did not take may be signalled at once', async () => {
    expect(await arrive('1')).toBe(true);
    await didNotWake(database, changeId);
    expect(await arrive('1')).toBe(true);
    expect(await row()).toMatchObject({ wakeUps: 1, rest: 5 });
  });

  test('leaves one event that is delivered once its change has rested, and waits on when the delivery fails', async () => {
    await database.connection().execute(async (own) => {
      // A table of this connection alone, so that no router of the system delivers what the test is to deliver.
      await sql`create temporary table reservations (like public.reservations including all)`.execute(own);
      await sql`
        insert into reservations (change_id, operator, iccid, state) values (${changeId}::uuid, 'operator-2', 'x', 'reserved')`.execute(
        own,
      );
      const waiting = (id: string) => ({ topic: TOPIC, event: { id } });
      const delivered: unknown[] = [];
      const deliver = () => wakeOneWaiting(own, (_transaction, one) => Promise.resolve(void delivered.push(one)));
      expect(await mayWake(own, changeId, waiting('1'))).toBe(true);
      expect(await mayWake(own, changeId, waiting('2'))).toBe(false);
      expect(await deliver()).toBe(false);
      await sql`update reservations set next_wake_up = now()`.execute(own);
      await expect(wakeOneWaiting(own, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
      expect([await deliver(), await deliver()]).toEqual([true, false]);
      expect(delivered).toEqual([waiting('2')]);
      expect(await mayWake(own, changeId, waiting('3'))).toBe(false);
      await sql`drop table pg_temp.reservations`.execute(own);
    });
  });

  test('leaves one event that can not reopen its change yet, a proof before a hint, and no repeat puts its try off', async () => {
    await database.connection().execute(async (own) => {
      await sql`create temporary table reservations (like public.reservations including all)`.execute(own);
      await sql`
        insert into reservations (change_id, operator, iccid, state, wake_ups)
        values (${changeId}::uuid, 'operator-2', 'x', 'quarantined', 9)`.execute(own);
      const later = (id: string, isProof: boolean) =>
        tryLater(own, changeId, { waiting: { topic: TOPIC, event: { id } }, isProof });
      const waits = async () => {
        const { rows } = await sql<{ id: string; soon: boolean; wakeUps: number }>`
          select waiting_event->'event'->>'id' as id, wake_ups as "wakeUps",
            next_wake_up between now() and now() + interval '5 seconds' as soon from reservations`.execute(own);
        return rows[0];
      };
      await later('hint', false);
      expect(await waits()).toEqual({ id: 'hint', soon: true, wakeUps: 0 });
      await later('other hint', false);
      await later('proof', true);
      await later('last hint', false);
      expect(await waits()).toEqual({ id: 'proof', soon: true, wakeUps: 0 });
      await sql`update reservations set next_wake_up = now() - interval '1 second'`.execute(own);
      await later('copy', true);
      // It is due still: the card is read on, so it waits once more.
      const tries: unknown[] = [];
      const tryIt = () =>
        wakeOneWaiting(own, async (transaction, waiting) => {
          tries.push(waiting.event);
          await tryLater(transaction, changeId, { waiting, isProof: true });
        });
      expect([await tryIt(), await tryIt()]).toEqual([true, false]);
      expect(tries).toEqual([{ id: 'copy' }]);
      expect(await waits()).toEqual({ id: 'copy', soon: true, wakeUps: 0 });
      await sql`drop table pg_temp.reservations`.execute(own);
    });
  });

  test('that is parked takes one row, which counts them, and keeps the newest', async () => {
    const imsi = '001029999999999';
    for (const id of ['1', '2', '2', '3'])
      await parkEvent(database, locationUpdated({ id, imsi }), { topic: 'test.flood', reason: 'r'.repeat(1_000) });
    await parkEvent(database, locationUpdated({ id: '4', imsi }), { topic: 'test.flood', reason: 'another' });
    const parked = (await listParkedEvents(database, 100)).filter(({ topic }) => topic === 'test.flood');
    expect(parked).toMatchObject([
      { eventId: '4', reason: 'another', times: 1 },
      { eventId: '3', source: '/operators/operator-2/hlr', times: 3 },
    ]);
    const [, flood] = parked;
    expect(flood?.lastSeenAt.getTime()).toBeGreaterThan(flood?.parkedAt.getTime() ?? Infinity);
  });
});
