import { randomBytes, randomUUID } from 'node:crypto';
import { sql, type Migration } from 'kysely';
import { openDatabase } from '../../adapters/database/database.ts';
import { core } from '../../adapters/database/migrations/0001-core.ts';
import { overtaking } from '../../adapters/database/migrations/0002-overtaking.ts';
import { sessionKeys } from '../../adapters/database/migrations/0003-session-keys.ts';
import { cardQuestions } from '../../adapters/database/migrations/0004-card-questions.ts';
import { boundedEvents } from '../../adapters/database/migrations/0005-bounded-events.ts';
import { contact } from '../../adapters/database/migrations/0006-contact.ts';
import { admissionPolicy } from '../../adapters/database/migrations/0007-admission-policy.ts';
import { evidence } from '../../adapters/database/migrations/0008-evidence.ts';
import { oneEnd } from '../../adapters/database/migrations/0009-one-end.ts';
import { reconciliation } from '../../adapters/database/migrations/0010-reconciliation.ts';
import { adminCodeTries } from '../../adapters/database/migrations/0013-admin-code-tries.ts';
import { parkEvent } from '../../services/event-router/park-event.ts';
import { listParkedEvents } from '../../services/event-router/parked-events.ts';
import { findCard } from '../../services/registry/cards.ts';
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

  test('keeps of its cards whose admin code was refused those out of changes whose row was not imported since', async () => {
    for (const migration of [contact, admissionPolicy, evidence, oneEnd, reconciliation]) await up(migration);
    await sql`insert into smscs (id, url) values ('smsc-1', 'smpp://smsc')`.execute(database);
    await sql`insert into operators (id, name, plmn, provisioning_url, smsc) values ('operator-1', 'One', '00101', 'https://one', 'smsc-1')`.execute(
      database,
    );
    const refusedIn: Record<string, string> = {};
    for (const [iccid, importedOn] of [
      ['1', '2026-01-01'],
      ['2', '2026-01-03'],
    ] as const) {
      const changeId = randomUUID();
      refusedIn[iccid] = changeId;
      await sql`
        insert into cards (iccid, operator, imsi, msisdn, profile, kvn, sealed_adm1, sealed_kic, sealed_kid, imported_as, updated_at)
        values (${iccid}, 'operator-1', ${iccid}, ${iccid}, 'cpa-aes', 2, '', '', '', '', ${importedOn}::date)`.execute(
        database,
      );
      await sql`
        insert into changes (change_id, iccid, target, state, ended, sequence, code, detail, requested_by, request_id, requested_at, updated_at)
        values (${changeId}, ${iccid}, 'operator-2', 'rolledBack', true, 3, 'ADMIN_CODE_WRONG', '', 'user:test', ${changeId},
          '2026-01-02', '2026-01-02')`.execute(database);
    }
    await up(adminCodeTries);
    expect((await findCard(database, '1'))?.refusedCode).toMatchObject({ changeId: refusedIn['1'], approvals: [] });
    expect((await findCard(database, '2'))?.refusedCode).toBeNull();
  });
});
