interface Outage {
  readonly service: 'PostgreSQL' | 'Temporal' | 'Kafka';
  /** host:port, or several with commas between. */
  readonly address: string;
  readonly problem: string;
}

/** A service that Rehome needs gave no answer; says which, and where. */
export class ServiceAwayError extends Error {
  override readonly name = 'ServiceAwayError';
  readonly service: Outage['service'];

  constructor({ service, address, problem }: Outage, options?: ErrorOptions) {
    super(`${service} at ${address} does not answer: ${problem}`, options);
    this.service = service;
  }
}

const AWAY =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EPIPE|timeout exceeded|terminat|UNAVAILABLE|DEADLINE_EXCEEDED|Failed to connect|KAFKA_UNREACHABLE|the database system is|Client has encountered a connection error|Failed to (start|describe) workflow/i;

/** True when a service that Rehome needs gave no answer: what was asked may be asked again. */
export const isAway = (cause: unknown): boolean => cause instanceof ServiceAwayError || AWAY.test(messageOf(cause));

/** What an error says, in one line, with its code where the message lacks it. */
export function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  const code =
    'code' in cause && typeof cause.code === 'string' && !cause.message.includes(cause.code) ? `${cause.code} ` : '';
  return `${code}${cause.message}`;
}
