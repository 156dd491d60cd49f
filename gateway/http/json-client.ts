import { Agent, request } from 'undici';
import { messageOf } from '../log.ts';

const PATIENCE_MILLISECONDS = 5_000;
const LONGEST_ANSWER_OCTETS = 65_536;

export interface JsonAnswer {
  readonly status: number;
  /** What was answered, or undefined when that is no JSON. */
  readonly content: unknown;
}

/** Calls a neighbour of the gateway that speaks JSON over HTTP, over connections that stay open. */
export class JsonClient {
  readonly #url: string;
  readonly #agent = new Agent({
    connect: { timeout: PATIENCE_MILLISECONDS },
    connections: 16,
    headersTimeout: PATIENCE_MILLISECONDS,
    bodyTimeout: PATIENCE_MILLISECONDS,
    maxResponseSize: LONGEST_ANSWER_OCTETS,
  });

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  /** Rejects when there is no answer; the message says why, and nothing of what was sent. */
  async call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<JsonAnswer> {
    try {
      const response = await request(`${this.#url}${path}`, {
        method,
        dispatcher: this.#agent,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: response.statusCode, content: parsed(await response.body.text()) };
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause);
      throw new Error(`${method} ${path} got no answer: ${code}`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
