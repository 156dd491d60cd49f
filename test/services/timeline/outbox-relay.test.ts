import type { EventBus } from '../../../adapters/kafka/event-bus.ts';
import { relayOutbox } from '../../../services/timeline/outbox-relay.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

const WAITING = {
  ...{ id: 1, changeId: 'change-1', sequence: 1, state: 'requested', cause: 'asked for', actor: 'user:test' },
  ...{ at: new Date(0), data: {}, iccid: '8999901000000000013', source: 'operator-1', target: 'operator-2' },
};

test('a relay whose broker is away gives the lock back before its connection returns to the pool', async () => {
  const stopping = new AbortController();
  const held: number[] = [];
  let locks = 0;
  const database = scriptedDatabase((statement) => {
    if (statement.includes('pg_try_advisory_lock')) return [{ active: (locks += 1) > 0 }];
    if (statement.includes('pg_advisory_unlock')) locks -= 1;
    return statement.includes('from outbox') ? [WAITING] : [];
  });
  let tries = 0;
  const bus = {
    publish: () => {
      held.push(locks);
      tries += 1;
      if (tries === 3) stopping.abort();
      return Promise.reject(new Error('KAFKA_UNREACHABLE'));
    },
  } as unknown as EventBus;
  const said: string[] = [];
  await relayOutbox({ database, bus, signal: stopping.signal, log: (_level, message) => said.push(message) });
  expect(held).toEqual([1, 1, 1]);
  expect(locks).toBe(0);
  expect(said[0]).toContain('KAFKA_UNREACHABLE');
});
