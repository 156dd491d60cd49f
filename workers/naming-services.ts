import { isAway, ServiceAwayError } from '../application/errors.ts';
import type { Config } from '../temporal.config.ts';

/** The same object; what its methods reject because a service is away names the service and its address. */
export function namingServices<Methods extends object>(methods: Methods, config: Config): Methods {
  return new Proxy(methods, {
    get: (target, name, receiver): unknown => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, given);
        if (!(answer instanceof Promise)) return answer;
        return answer.catch((cause: unknown) => {
          throw serviceAway(cause, config) ?? cause;
        });
      };
    },
  });
}

function serviceAway(cause: unknown, config: Config): ServiceAwayError | undefined {
  if (!isAway(cause) || cause instanceof ServiceAwayError) return undefined;
  const { temporal, kafka, database } = config;
  const problem = problemOf(cause);
  switch (serviceOf(cause)) {
    case 'Temporal':
      return new ServiceAwayError({ service: 'Temporal', address: temporal.address, problem }, { cause });
    case 'Kafka':
      return new ServiceAwayError({ service: 'Kafka', address: kafka.brokers.join(', '), problem }, { cause });
    case 'PostgreSQL':
      // The address may carry a password; its host does not.
      return new ServiceAwayError({ service: 'PostgreSQL', address: new URL(database.url).host, problem }, { cause });
  }
}

/** By the client library that speaks; what is neither of Temporal nor of Kafka comes from the database's driver. */
function serviceOf(cause: unknown): ServiceAwayError['service'] {
  if (!(cause instanceof Error)) return 'PostgreSQL';
  const isFailure = 'type' in cause && cause.type === 'KAFKA_UNREACHABLE';
  if (cause.name.startsWith('KafkaJS') || isFailure) return 'Kafka';
  // gRPC's status is a number, and the codes of PostgreSQL and of sockets are words.
  const ofGrpc = 'code' in cause && typeof cause.code === 'number';
  const ofClient =
    cause.name === 'ServiceError' || /^Failed to connect before|Failed to \w+ workflow/i.test(cause.message);
  return ofGrpc || ofClient ? 'Temporal' : 'PostgreSQL';
}

function problemOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(problemOf).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  const { message, cause: below } = cause;
  if (message === '') return 'code' in cause ? String(cause.code) : cause.name;
  return cause.name === 'ServiceError' && below instanceof Error ? `${message}: ${below.message}` : message;
}
