import { request as httpRequest } from 'node:http';
import { defaultPayloadConverter } from '@temporalio/common';
import { JSONToPayload, payloadToJSON, type JSONPayload } from '@temporalio/common/lib/proto-utils';
import { SealingCodec } from '../../adapters/vault/payload-codec.ts';
import { serveCodec } from '../../workers/codec-server.ts';
import { freshPayloadKey } from '../support/payload-key.ts';

const UI = 'http://127.0.0.1:18233';
const CONTEXT = { type: 'workflow', namespace: 'default', workflowId: 'subscription-change/abc' } as const;
const codecOf = (id: string) =>
  new SealingCodec({ keys: [freshPayloadKey(id)], namespace: 'default', encryption: 'required' });
const codec = codecOf('2026-11');
const logged: string[] = [];

let port = 0;
let server: Awaited<ReturnType<typeof serveCodec>>;
beforeAll(async () => {
  const log = (_level: string, message: string, fields?: object) =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  server = await serveCodec({ codec, uiUrl: UI, port: 0, log });
  ({ port } = server);
});
afterAll(() => server.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly payloads?: JSONPayload[]; readonly message?: string };
}

/** As a browser asks from the page of the Web UI, unless told otherwise. */
function ask(
  body: unknown,
  headers: Record<string, string> = {},
  { method = 'POST', path = '/decode' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { origin: UI, 'x-namespace': 'default', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response;
          resolve({
            status: statusCode,
            headers: answered,
            body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
          });
        });
      },
    );
    request.on('error', reject).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

async function sealed(text: string, by = codec): Promise<JSONPayload> {
  const [payload] = await by.encode([defaultPayloadConverter.toPayload(text)], CONTEXT);
  if (payload === undefined) throw new Error('the codec has lost a payload');
  return payloadToJSON(payload);
}

test('what the Temporal Web UI can’t read is opened for it, in its order', async () => {
  const { status, body } = await ask({ payloads: [await sealed('ICCID …0013 to operator-2'), await sealed('second')] });
  expect(status).toBe(200);
  expect(body.payloads?.map((payload) => defaultPayloadConverter.fromPayload(JSONToPayload(payload)))).toEqual([
    ...['ICCID …0013 to operator-2', 'second'],
  ]);
});

test('what Temporal itself wrote in the clear passes as it is', async () => {
  const clear = payloadToJSON(defaultPayloadConverter.toPayload({ seq: 1 }));
  expect((await ask({ payloads: [clear] })).body).toEqual({ payloads: [clear] });
});

test('a browser is told beforehand that the page of the Web UI may ask, with its headers', async () => {
  const { status, headers } = await ask('', { 'access-control-request-method': 'POST' }, { method: 'OPTIONS' });
  expect(status).toBe(204);
  expect(headers['access-control-allow-origin']).toBe(UI);
  expect(headers['access-control-allow-headers']).toContain('x-namespace');
});

test('the page may be open under either name of this machine', async () => {
  const origin = UI.replace('127.0.0.1', 'localhost');
  const { status, headers } = await ask({ payloads: [await sealed('text')] }, { origin });
  expect([status, headers['access-control-allow-origin']]).toEqual([200, origin]);
});

test('a page of another site gets nothing, and its browser is not told that it may ask', async () => {
  for (const method of ['POST', 'OPTIONS']) {
    const { status, headers, body } = await ask({ payloads: [] }, { origin: 'https://evil.example' }, { method });
    expect(status).toBe(403);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(body.message).toContain('TEMPORAL_UI_URL');
  }
});

test('a site that gives its own name the address of this machine gets nothing', async () => {
  const { status } = await ask({ payloads: [] }, { host: `evil.example:${String(port)}` });
  expect(status).toBe(403);
});

test('a payload that does not open is an error that says why, and is not passed on as if it were one', async () => {
  const { status, body } = await ask({ payloads: [await sealed('text', codecOf('2026-12'))] });
  expect(status).toBe(422);
  expect(body.message).toContain('sealed under the key "2026-12", which this process does not have');
  expect(body.payloads).toBeUndefined();
  expect((await ask({ payloads: [await sealed('text')] }, { 'x-namespace': 'other' })).status).toBe(422);
});

test('it seals nothing: who can reach it can’t write what Rehome would trust', async () => {
  expect((await ask({ payloads: [] }, {}, { path: '/encode' })).status).toBe(404);
});

test.each([
  ['no JSON', 'payloads', 400],
  ['no payloads', {}, 400],
  ['payloads that are not base64', { payloads: [{ data: '***' }] }, 400],
  ['more than a history holds', `"${'x'.repeat(16 * 1024 * 1024)}"`, 413],
])('a body with %s is refused', async (_what, body, status) => {
  expect((await ask(body)).status).toBe(status);
});

test('the log says that somebody has read, and not what', async () => {
  await ask({ payloads: [await sealed('8999901000000000013')] });
  expect(logged.at(-1)).toContain('payloads opened for a reader');
  expect(logged.at(-1)).toContain(UI);
  expect(logged.join('\n')).not.toContain('8999901000000000013');
});

test('a port that is taken is named with the setting that moves it', async () => {
  await expect(serveCodec({ codec, uiUrl: UI, port, log: () => undefined })).rejects.toThrow(
    `port ${String(port)} is taken by another process: set CODEC_SERVER_PORT to a free port`,
  );
});
