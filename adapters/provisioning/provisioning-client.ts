import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Agent, request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { REFUSAL_CAUSES } from '../../telecom/gsup/registration-refusal.ts';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import { imeiSchema, imsiSchema, msisdnSchema } from '../identifier-schemas.ts';

const ANSWER_MILLISECONDS = 10_000;
const ANSWER_OCTETS = 65_536;
const LONGEST_WISH_SECONDS = 300;
const LONGEST_DETAIL = 300;
/** A compact JWE, of which the client reads nothing (RFC 7516 §7.1). */
const WRAPPED = z
  .string()
  .max(4_096)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$/);

const Pool = z.object({ free: z.int().min(0), size: z.int().min(0) });
const Reservation = z.object({
  imsi: imsiSchema,
  msisdn: msisdnSchema,
  leaseUntil: z.iso.datetime({ offset: true }),
  credentials: WRAPPED,
});
const Lease = z.object({ leaseUntil: z.iso.datetime({ offset: true }).nullable() });
const Withdrawal = z.object({ state: z.enum(['quarantined', 'neverReserved']) });
const Restoration = z.object({ imsi: imsiSchema, leaseUntil: z.iso.datetime({ offset: true }).nullable() });
const Subscriber = z.object({
  state: z.string(),
  attached: z.boolean(),
  locationUpdate: z.object({ at: z.iso.datetime({ offset: true }), imei: imeiSchema.nullable() }).nullable(),
  /** Left out where the HLR can't tell. */
  authentication: z.object({ at: z.iso.datetime({ offset: true }), outcome: z.enum(['seen', 'failed']) }).nullish(),
  refusedAt: z.iso.datetime({ offset: true }).nullish(),
  /** A cause that is not agreed is no reason to take no answer at all. */
  refusal: z.object({ at: z.iso.datetime({ offset: true }), cause: z.enum(REFUSAL_CAUSES).catch('other') }).nullish(),
});
const Consent = z.object({ decision: z.enum(['granted', 'refused', 'pending']), reason: z.string().optional() });
/** What became of a subscriber that was to be barred or deleted: 204 has no body. */
const DONE = z.null().transform((): Disposal => 'done');
const Problem = z.object({ code: z.string().optional(), detail: z.string().optional(), title: z.string().optional() });

/** The gateway's own codes for what it refuses; everything else that it refuses is HLR_REFUSED. */
const REFUSALS: ReadonlyMap<string | undefined, FailureCode> = new Map([
  ['POOL_EMPTY', 'IMSI_POOL_EMPTY'],
  ['RESERVATION_WITHDRAWN', 'RESERVATION_WITHDRAWN'],
  ['SUBSCRIBER_ATTACHED', 'SUBSCRIBER_ATTACHED'],
  ['RELEASE_REFUSED', 'RELEASE_REFUSED'],
]);
const SUBSCRIBER_UNKNOWN = 'SUBSCRIBER_UNKNOWN';

export interface ProvisioningOptions {
  readonly operator: string;
  readonly url: string;
  /** PEM files: the authority of the gateway, and the certificate and key that Rehome shows. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** `done`, by this call or one before it; `unknown`: the HLR has no such subscriber, and the gateway does not know why. */
export type Disposal = 'done' | 'unknown';

interface Call<Answer> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: `?${string}`;
  readonly body?: object;
  readonly answer: z.ZodType<Answer>;
  /** What it means that the HLR does not know the subscriber; without it that is a refusal. */
  readonly unknown?: Answer;
}

/** One operator's provisioning gateway over mutual TLS. Every call may be repeated; failures come from the failure table. */
export class ProvisioningClient {
  readonly #operator: string;
  readonly #url: string;
  readonly #agent: Agent;

  constructor({ operator, url, tls }: ProvisioningOptions) {
    this.#operator = operator;
    this.#url = url.replace(/\/$/, '');
    this.#agent = new Agent({
      connect: {
        // Made once: reading certificates and key costs more than the rest of opening a connection.
        secureContext: createSecureContext({
          ca: readFileSync(tls.ca),
          cert: readFileSync(tls.cert),
          key: readFileSync(tls.key),
        }),
        timeout: ANSWER_MILLISECONDS,
      },
      connections: 16,
      keepAliveTimeout: 60_000,
      headersTimeout: ANSWER_MILLISECONDS,
      bodyTimeout: ANSWER_MILLISECONDS,
      maxResponseSize: ANSWER_OCTETS,
    });
  }

  /** How many IMSIs are left to give. */
  pool() {
    return this.#call({ method: 'GET', path: '/v1/pool', answer: Pool });
  }

  /** One subscriber for one change, for as long as its lease is renewed; repeated, the same one. Its credentials stay wrapped. */
  reserve(changeId: string, iccid: string) {
    return this.#call({ method: 'PUT', path: `/v1/reservations/${changeId}`, body: { iccid }, answer: Reservation });
  }

  /** Extends the lease of what the change reserved; null when it has none any more, since a card has attached. */
  renew(changeId: string) {
    return this.#call({ method: 'POST', path: `/v1/reservations/${changeId}/renew`, answer: Lease });
  }

  /** Bars and quarantines what the change reserved; a change that reserved nothing can't reserve later. */
  withdraw(changeId: string) {
    return this.#call({ method: 'POST', path: `/v1/reservations/${changeId}/withdraw`, answer: Withdrawal });
  }

  /** Takes what the change reserved out of quarantine, with a new lease; repeated, it changes nothing. */
  restore(changeId: string) {
    return this.#call({ method: 'POST', path: `/v1/reservations/${changeId}/restore`, answer: Restoration });
  }

  subscriber(imsi: string) {
    return this.#call({ method: 'GET', path: `/v1/subscribers/${imsi}`, answer: Subscriber });
  }

  /** The same of one that may be gone by now: null when the HLR itself says that it does not know it. */
  findSubscriber(imsi: string) {
    const path = `/v1/subscribers/${imsi}`;
    return this.#call<z.infer<typeof Subscriber> | null>({ method: 'GET', path, answer: Subscriber, unknown: null });
  }

  /** The change id tells the gateway a repetition from a call about the next owner of the IMSI. */
  bar(imsi: string, changeId: string): Promise<Disposal> {
    const meant = { query: `?changeId=${changeId}`, answer: DONE, unknown: 'unknown' } as const;
    return this.#call({ method: 'PUT', path: `/v1/subscribers/${imsi}/bar`, ...meant });
  }

  remove(imsi: string, changeId: string): Promise<Disposal> {
    const meant = { query: `?changeId=${changeId}`, answer: DONE, unknown: 'unknown' } as const;
    return this.#call({ method: 'DELETE', path: `/v1/subscribers/${imsi}`, ...meant });
  }

  consent(changeId: string, body: { readonly iccid: string; readonly imsi: string; readonly targetOperator: string }) {
    return this.#call({ method: 'POST', path: `/v1/consents/${changeId}`, body, answer: Consent });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #call<Answer>(call: Call<Answer>): Promise<Answer> {
    const { method, path, answer, unknown } = call;
    const { status, retryAfter, text } = await this.#exchange(call);
    const content = parseJson(text);
    const problem = Problem.safeParse(content).data ?? {};
    if (status === 404 && problem.code === SUBSCRIBER_UNKNOWN && unknown !== undefined) return unknown;
    if (status >= 200 && status < 300) {
      const parsed = answer.safeParse(content);
      if (parsed.success) return parsed.data;
      const places = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
      throw failure(
        'HLR_REFUSED',
        `${this.#operator} answered ${method} ${path} in a form that is not agreed: ${places}`,
      );
    }
    const said = sanitizeText(problem.detail ?? problem.title ?? `status ${String(status)}`, LONGEST_DETAIL);
    if (status >= 500 || status === 429)
      throw failure('HLR_UNREACHABLE', `${this.#operator} can't answer ${method} ${path}: ${said}`, retryAfter);
    throw failure(REFUSALS.get(problem.code) ?? 'HLR_REFUSED', `${this.#operator} refused ${method} ${path}: ${said}`);
  }

  async #exchange({ method, path, query, body }: Omit<Call<unknown>, 'answer' | 'unknown'>) {
    try {
      const response = await request(`${this.#url}${path}${query ?? ''}`, {
        method,
        dispatcher: this.#agent,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const retryAfter = Number(response.headers['retry-after']);
      return {
        status: response.statusCode,
        retryAfter:
          Number.isFinite(retryAfter) && retryAfter > 0 ? Math.min(retryAfter, LONGEST_WISH_SECONDS) : undefined,
        text: await textOf(response.body),
      };
    } catch (cause) {
      const problem = cause instanceof Error ? ('code' in cause && String(cause.code)) || cause.message : String(cause);
      throw failure('HLR_UNREACHABLE', `${this.#operator} can't be reached for ${method} ${path}: ${problem}`);
    }
  }
}

/** The whole text, in time: the agent's own limit is for each chunk of it. */
async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const timer = setTimeout(() => body.destroy(new Error('the answer did not end in time')), ANSWER_MILLISECONDS);
  try {
    return await body.text();
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? 'null' : text);
  } catch {
    return undefined;
  }
}
