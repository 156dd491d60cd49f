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
