import { loadConfig } from '../../temporal.config.ts';
import { namingServices } from '../../workers/naming-services.ts';
import { failure } from '../../workflows/shared/failures.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://rehome:secret@db.test:5432/rehome',
  KAFKA_BROKERS: 'kafka-1.test:9092,kafka-2.test:9092',
  TEMPORAL_ADDRESS: 'temporal.test:7233',
});

const named = (name: string, message: string, facts: object = {}): Error =>
  Object.assign(new Error(message), { name, ...facts });

const OUTAGES: readonly [told: RegExp, error: Error][] = [
  [/^PostgreSQL at db\.test:5432 does not answer: connect ECONN/, named('Error', 'connect ECONNREFUSED 10.0.0.1:5432')],
  [
    /^PostgreSQL at db\.test:5432 .*terminating connection/,
    named('error', 'terminating connection', { code: '57P01' }),
  ],
  [/^PostgreSQL at db\.test:5432 .*: ECONNRESET$/, named('Error', '', { code: 'ECONNRESET' })],
  [/^Temporal at temporal\.test:7233 .*UNAVAILABLE/, named('Error', '14 UNAVAILABLE: refused', { code: 14 })],
  [/^Temporal at temporal\.test:7233 /, named('Error', 'Failed to connect before the deadline')],
  [
    /^Temporal at temporal\.test:7233 does not answer: Failed to start Workflow: 14 UNAVAILABLE$/,
    named('ServiceError', 'Failed to start Workflow', { cause: new Error('14 UNAVAILABLE') }),
  ],
  [
    /^Kafka at kafka-1\.test:9092, kafka-2\.test:9092 /,
    named('KafkaJSNumberOfRetriesExceeded', 'Connection error: connect ECONNREFUSED'),
  ],
  [/^Kafka at kafka-1\.test/, failure('KAFKA_UNREACHABLE', 'KAFKA_UNREACHABLE: nothing could be published')],
];

test.each(OUTAGES)('an outage is told as %s', async (told, error) => {
  const { ask } = namingServices({ ask: () => Promise.reject(error) }, config);
  await expect(ask()).rejects.toThrow(told);
  await expect(ask()).rejects.not.toThrow(/secret/);
});

test('what is no outage is passed on as it is, and so is every answer', async () => {
  const fault = new Error('relation "changes" does not exist');
  const desk = namingServices(
    { link: (id: string) => `link of ${id}`, ask: () => Promise.resolve(7), fail: () => Promise.reject(fault) },
    config,
  );
  expect(desk.link('a')).toBe('link of a');
  expect(await desk.ask()).toBe(7);
  await expect(desk.fail()).rejects.toBe(fault);
});
