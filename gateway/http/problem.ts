interface ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

/** An answer that says what is wrong, as RFC 9457 has it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;

  constructor({ status, code, detail, retryAfterSeconds }: ProblemDetails) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A call that the gateway understands and does not do; nothing was changed. */
export function refusal(code: string, detail: string, status = 409): Problem {
  return new Problem({ status, code, detail });
}
