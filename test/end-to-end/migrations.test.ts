import { randomBytes } from 'node:crypto';
import { sql, type Migration } from 'kysely';
import { openDatabase } from '../../activities/database/database.ts';
import { core } from '../../activities/database/migrations/0001-core.ts';
import { overtaking } from '../../activities/database/migrations/0002-overtaking.ts';
import { sessionKeys } from '../../activities/database/migrations/0003-session-keys.ts';
import { cardQuestions } from '../../activities/database/migrations/0004-card-questions.ts';
import { boundedEvents } from '../../activities/database/migrations/0005-bounded-events.ts';
import { parkEvent } from '../../activities/events/park-event.ts';
import { listParkedEvents } from '../../activities/events/parked-events.ts';
import { locationUpdated } from '../support/events.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a database of an earlier version', () => {
  const system = new RunningSystem();
  const name = `migrated_${randomBytes(4).toString('hex')}`;
  const url = new URL(system.config.database.url);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href, poolSize: 2, applicationName: name });
  beforeAll(() => sql`create database ${sql.id(name)}`.execute(system.resources.database));
  afterAll(async () => {
    await database.destroy();
    await sql`drop database ${sql.id(name)}`.execute(system.resources.database);
    await system.close();
  });

  const up = (migration: Migration) => database.transaction().execute((transaction) => migration.up(transaction));

  test('keeps its parked events, those of one kind as one with their number', async () => {
    for (const migration of [core, overtaking, sessionKeys, cardQuestions]) await up(migration);
    for (const [id, reason, day] of [
      ['1', 'withdrawn', '2026-01-01'],
      ['2', 'withdrawn', '2026-01-02'],
      ['3', 'another', '2026-01-03'],
    ] as const) {
      await sql`
        insert into parked_events (topic, event_id, event, reason, parked_at)
        values ('hlr.events', ${id}, ${JSON.stringify(locationUpdated({ id }))}::jsonb, ${reason}, ${day}::date)`.execute(
        database,
      );
    }
    await up(boundedEvents);
    await parkEvent(database, locationUpdated({ id: '4' }), { topic: 'hlr.events', reason: 'withdrawn' });
    const parked = await listParkedEvents(database, 10);
    expect(parked).toMatchObject([
      { eventId: '4', reason: 'withdrawn', times: 3 },
      { eventId: '3', reason: 'another', times: 1 },
    ]);
    expect(parked[0]?.parkedAt.getTime()).toBeLessThan(parked[1]?.parkedAt.getTime() ?? 0);
  });
});
