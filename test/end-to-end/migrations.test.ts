import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { openDatabase } from '../../adapters/database/database.ts';
import { migrate } from '../../adapters/database/migrate.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('an empty database', () => {
  const system = new RunningSystem();
  const name = `migrated_${randomBytes(4).toString('hex')}`;
  const url = new URL(system.config.database.url);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href, poolSize: 4, applicationName: name });
  beforeAll(() => sql`create database ${sql.id(name)}`.execute(system.resources.database));
  afterAll(async () => {
    await database.destroy();
    await sql`drop database ${sql.id(name)}`.execute(system.resources.database);
    await system.close();
  });

  test('gets its tables once, whoever asks for them and however many at once', async () => {
    const made = await Promise.all([migrate(database), migrate(database), migrate(database)]);
    expect(made.flat()).toEqual(['0001-baseline']);
    expect(await migrate(database)).toEqual([]);
    await sql`select from changes, timeline, outbox, cards, packets`.execute(database);
  });
});
