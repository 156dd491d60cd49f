import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JSONToPayload, payloadToJSON, type JSONPayload } from '@temporalio/common/lib/proto-utils';
import { z } from 'zod';
import { PayloadError, type SealingCodec } from '../adapters/vault/payload-codec.ts';
import { JsonError, parseJson } from '../telecom/json.ts';
import type { Log } from './log.ts';
import { untilStopped, type StartRole } from './roles.ts';

const HOST = '127.0.0.1';
const LOOPBACK = ['127.0.0.1', 'localhost'] as const;
/** The Temporal Web UI sends the payloads of one event, of which Temporal allows 2 MB each. */
const LONGEST_BODY = 16 * 1024 * 1024;
const PREFLIGHT_SECONDS = 600;

const base64 = z.base64();
const Request = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

/** What the server refuses, with the HTTP status that says so. */
class Refusal extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 413 | 422,
    message: string,
  ) {
    super(message);
  }
}

export interface CodecServerOptions {
  readonly codec: SealingCodec;
  /** Where people read: the only pages that a browser may ask from. */
  readonly uiUrl: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
}

/** Where a browser on this machine reaches the server. */
export const codecUrl = (port: number): string => `http://${HOST}:${String(port)}`;

/** Opens payloads for the Temporal Web UI in a browser on this machine, and for the Temporal CLI; it seals nothing. */
export const startCodecServer: StartRole = async ({ resources: { config, codec, log } }) => {
  const { temporal, settings } = config;
  const server = await serveCodec({ codec, uiUrl: temporal.uiUrl, port: settings.CODEC_SERVER_PORT, log });
  return untilStopped(() => server.stop());
};

/** Listens on the loopback alone; rejects when the port is taken. */
export async function serveCodec(options: CodecServerOptions): Promise<{ port: number; stop(): Promise<void> }> {
  const origins = originsOf(options.uiUrl);
  const server = createServer((request, response) => {
    void answer(request, response, { ...options, origins });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = `port ${String(options.port)} is taken by another process: set CODEC_SERVER_PORT to a free port`;
      reject(cause.code === 'EADDRINUSE' ? new Error(taken, { cause }) : cause);
    });
    server.listen(options.port, HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Serving extends CodecServerOptions {
  readonly origins: ReadonlySet<string>;
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { origin } = request.headers;
  const allowed = origin !== undefined && serving.origins.has(origin);
  if (allowed) response.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin');
  try {
    refuseStrangers(request, allowed);
    if (request.url !== '/decode') throw new Refusal(404, 'this server only opens payloads: POST /decode');
    if (request.method === 'OPTIONS') {
      response
        .writeHead(204, {
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'content-type, x-namespace, authorization',
          'access-control-max-age': String(PREFLIGHT_SECONDS),
        })
        .end();
      return;
    }
    if (request.method !== 'POST') throw new Refusal(404, 'this server only opens payloads: POST /decode');
    send(response, 200, { payloads: await decode(request, serving) });
  } catch (cause) {
    const { status, message } = refusalOf(cause, serving.log);
    // What is refused may not have been read to its end.
    response.setHeader('connection', 'close');
    request.resume();
    send(response, status, { message });
  }
}

/** A page of another site, also one that gives its own name the address of this machine, gets nothing. */
function refuseStrangers({ headers: { host, origin } }: IncomingMessage, allowed: boolean): void {
  if (!LOOPBACK.some((name) => host === name || host?.startsWith(`${name}:`) === true))
    throw new Refusal(403, 'this server is reached as 127.0.0.1 or localhost only');
  if (origin !== undefined && !allowed)
    throw new Refusal(403, `pages of ${origin} may not read payloads here: TEMPORAL_UI_URL says which may`);
}

async function decode(request: IncomingMessage, { codec, log }: Serving): Promise<JSONPayload[]> {
  const { 'x-namespace': header, origin } = request.headers;
  const namespace = typeof header === 'string' && header !== '' ? header : undefined;
  const parsed = Request.safeParse(parseJson(await bodyOf(request)));
  if (!parsed.success) throw new Refusal(400, `the body is not { payloads }:\n${z.prettifyError(parsed.error)}`);
  const payloads = parsed.data.payloads.map((payload) =>
    payloadToJSON(codec.show(JSONToPayload(payload as JSONPayload), namespace)),
  );
  log('info', 'payloads opened for a reader', { payloads: payloads.length, namespace, origin });
  return payloads;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Refusal(413, `the body has more than ${String(LONGEST_BODY)} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function refusalOf(cause: unknown, log: Log): { readonly status: number; readonly message: string } {
  if (cause instanceof Refusal) return cause;
  if (cause instanceof JsonError) return { status: 400, message: `the body ${cause.message}` };
  const message = cause instanceof Error ? cause.message : String(cause);
  log('warn', `payloads were not opened for a reader: ${message}`);
  if (cause instanceof PayloadError) return { status: 422, message };
  return { status: 500, message: 'the codec server failed; its log says why' };
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

/** A page on the loopback may be open under either of its names. */
function originsOf(uiUrl: string | undefined): ReadonlySet<string> {
  if (uiUrl === undefined) return new Set();
  const { origin, hostname } = new URL(uiUrl);
  const names = LOOPBACK.some((name) => name === hostname) ? LOOPBACK : [hostname];
  return new Set(names.map((name) => origin.replace(`//${hostname}`, `//${name}`)));
}
