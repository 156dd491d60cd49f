import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Log } from '../log.ts';
import { Problem } from './problem.ts';
import { problemOf } from './problem-of.ts';

const MAX_BODY_OCTETS = 64 * 1024;
/** Longer than the pauses of a worker that uses the connection, so that it seldom has to be made again. */
const KEEP_ALIVE_MS = 65_000;

export interface Call {
  /** What stood in the path where the route has a name with a colon. */
  readonly params: Readonly<Record<string, string>>;
  /** What stands behind the question mark. */
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/v1/subscribers/:imsi` */
  readonly path: string;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

export interface Answering {
  readonly log: Log;
  /** Throws a Problem for a request that is not to be looked at any further. */
  readonly admit: (request: IncomingMessage) => void;
}

/** Answers the routes in JSON, and everything else with a problem. */
export function answering(routes: readonly Route[], { log, admit }: Answering): RequestListener {
  const table = routes.map((route) => ({ ...route, segments: route.path.split('/') }));

  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    try {
      admit(request);
      const body = await readJson(request);
      const [path = '', query] = (request.url ?? '').split('?', 2);
      const segments = path.split('/').map(decodeSegment);
      for (const route of table) {
        const params = route.method === request.method ? matching(route.segments, segments) : undefined;
        if (params !== undefined) return await route.handle({ params, query: new URLSearchParams(query), body });
      }
      throw new Problem({ status: 404, code: 'NO_SUCH_RESOURCE', detail: 'this server has nothing under that path' });
    } catch (cause) {
      return problemAnswer(cause, log);
    }
  };

  return (request, response) => {
    void answerTo(request).then((answer) => {
      send(response, answer);
    });
  };
}

/** Listens, and tells the port. */
export function listen(
  server: Server,
  { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' ? `port ${String(port)} is taken; choose another` : cause.message;
      reject(new Error(`${name} can't listen on ${host}: ${taken}`, { cause }));
    });
    server.listen(port, host, () => {
      resolve(addressOf(server).port);
    });
  });
}

/** Connections stay open between calls. */
export function keepingAlive<S extends HttpServer>(server: S): S {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  return server;
}

/** Stops listening and breaks the open connections, so that it takes no time. */
export function closeHttp(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway listens on no port');
  return address;
}

function matching(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const given = path[index] ?? '';
    if (expected.startsWith(':') && given !== '') params[expected.slice(1)] = given;
    else if (expected !== given) return undefined;
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem({ status: 400, code: 'INVALID_REQUEST', detail: 'the path is not percent-encoded correctly' });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_OCTETS) {
      throw new Problem({
        status: 413,
        code: 'INVALID_REQUEST',
        detail: 'the body is larger than any request of this API',
      });
    }
  }
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ status: 400, code: 'INVALID_REQUEST', detail: 'the body is not JSON' });
  }
}

function problemAnswer(cause: unknown, log: Log): Answer {
  const problem = problemOf(cause, log);
  const { status, code, message, retryAfterSeconds } = problem;
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: {
      type: `urn:rehome:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: code.toLowerCase().replaceAll('_', ' '),
      status,
      detail: message,
      code,
    },
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
    .end(text);
}
