import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { onlyClient } from '../../gateway/http/client-certificate.ts';
import { answering, closeHttp, listen } from '../../gateway/http/http-server.ts';
import { createCertificates, type PartyFiles } from '../support/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-gateway-'));
let files: { operators: PartyFiles; rehome: PartyFiles };
let server: Server | undefined;
let calls: number;
let lines: string[];

beforeAll(async () => {
  files = await createCertificates(folder);
});
beforeEach(() => {
  [calls, lines] = [0, []];
});
afterEach(async () => {
  if (server !== undefined) await closeHttp(server);
  server = undefined;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const read = ({ ca, cert, key }: PartyFiles) => ({
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
});

/** A gateway that lets in whoever has this common name. */
async function letIn(client: string): Promise<void> {
  const log = (level: string, message: string) => void lines.push(`${level} ${message}`);
  const handle = () => {
    calls += 1;
    return { status: 204 };
  };
  const routes = [{ method: 'PUT', path: '/v1/subscribers/:imsi/bar', handle }] as const;
  const tls = { ...read(files.operators), requestCert: true, rejectUnauthorized: true };
  server = createServer(tls, answering(routes, { log, admit: onlyClient(client, log) }));
  await listen(server, { host: '127.0.0.1', port: 0, name: 'the gateway' });
}

/** Calls with the certificate of Rehome, over a connection of its own; the session of an earlier one is taken up again. */
async function call(agent: Agent, path = '/v1/subscribers/001010000000001/bar') {
  const { port } = server?.address() as AddressInfo;
  const method = 'PUT';
  const answer = await request(`https://127.0.0.1:${String(port)}${path}`, { method, dispatcher: agent, reset: true });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

async function callTwice(path?: string) {
  const agent = new Agent({ connect: read(files.rehome) });
  try {
    return [await call(agent, path), await call(agent, path)];
  } finally {
    await agent.destroy();
  }
}

test('the client that the file names is let in, also when it takes up a session', async () => {
  await letIn('Rehome');
  expect(await callTwice()).toEqual([{ status: 204 }, { status: 204 }]);
  expect([calls, lines]).toEqual([2, []]);
});

test('a certificate of the same authority with another name is refused, nothing is done, and it is logged', async () => {
  await letIn('Rehome of somebody else');
  for (const { status, body } of await callTwice()) {
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'CLIENT_NOT_ALLOWED', status: 403 });
  }
  expect([calls, lines]).toEqual([0, Array(2).fill('warn a client certificate was refused')]);
});

test('who is refused does not learn which paths there are', async () => {
  await letIn('Rehome of somebody else');
  expect((await callTwice('/nothing')).map(({ status }) => status)).toEqual([403, 403]);
});
