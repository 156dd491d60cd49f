import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { ProvisioningClient } from '../../../adapters/provisioning/provisioning-client.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { createCertificates, type PartyFiles } from '../../support/certificates.ts';

interface Answer {
  readonly status: number;
  readonly body?: string | object;
  readonly retryAfter?: string;
}

const IMSI = parseImsi('001010000000001');
const KEY = '00112233445566778899aabbccddeeff';
const WRAPPED = 'eyJhbGciOiJkaXIifQ..aXY.c2VhbGVk.dGFn';
const RESERVED = { imsi: IMSI, msisdn: '491700000001', leaseUntil: '2026-03-04T05:06:07Z', credentials: WRAPPED };

const folder = mkdtempSync(join(tmpdir(), 'rehome-gateway-'));
let files: { operators: PartyFiles; rehome: PartyFiles };
let gateway: Server;
let client: ProvisioningClient;
let answer: Answer;
const heard: { method: string; path: string; body: string; clientIsKnown: boolean }[] = [];

beforeAll(async () => {
  files = await createCertificates(folder);
  gateway = createServer(
    {
      ca: readFileSync(files.operators.ca),
      cert: readFileSync(files.operators.cert),
      key: readFileSync(files.operators.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method = '', url: path = '' } = request;
        heard.push({
          method,
          path,
          body,
          clientIsKnown: 'authorized' in request.socket && request.socket.authorized === true,
        });
        response.statusCode = answer.status;
        if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter);
        response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? null));
      });
    },
  );
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  client = new ProvisioningClient({ operator: 'operator-2', url: `${urlOf(gateway)}/`, tls: files.rehome });
});

afterAll(async () => {
  await client.close();
  await new Promise((resolve) => gateway.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const urlOf = (server: Server): string => {
  const address = server.address();
  return `https://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
};

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const cause: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(cause instanceof ApplicationFailure)) throw new Error('the call did not fail with a failure of the table');
  return cause;
}

test('a reservation is asked for under the id of the change, with the certificate of Rehome', async () => {
  answer = { status: 201, body: RESERVED };
  expect(await client.reserve('change-1', '8999901000000000013')).toEqual(RESERVED);
  expect(heard.at(-1)).toEqual({
    method: 'PUT',
    path: '/v1/reservations/change-1',
    body: '{"iccid":"8999901000000000013"}',
    clientIsKnown: true,
  });
});

test('keys that a gateway sends in the clear are refused, and never part of the error', async () => {
  answer = {
    status: 201,
    body: { imsi: IMSI, msisdn: '491700000001', leaseUntil: RESERVED.leaseUntil, k: KEY, opc: KEY },
  };
  const { type, message } = await failureOf(client.reserve('change-1', '8999901000000000013'));
  expect(type).toBe('HLR_REFUSED');
  expect(message).toContain('credentials');
  expect(message).not.toContain(KEY);
});

test.each([
  [{ status: 409, body: { code: 'POOL_EMPTY', detail: 'no IMSI is left' } }, 'IMSI_POOL_EMPTY', true],
  [{ status: 409, body: { code: 'RESERVATION_WITHDRAWN' } }, 'RESERVATION_WITHDRAWN', true],
  [{ status: 409, body: { code: 'SUBSCRIBER_ATTACHED' } }, 'SUBSCRIBER_ATTACHED', true],
  [{ status: 400, body: { code: 'A_CODE_OF_ITS_OWN', detail: 'so not' } }, 'HLR_REFUSED', true],
  [{ status: 404, body: { title: 'unknown' } }, 'HLR_REFUSED', true],
  [{ status: 409, body: { code: 'constructor' } }, 'HLR_REFUSED', true],
  [{ status: 409, body: { code: '__proto__' } }, 'HLR_REFUSED', true],
  [{ status: 200, body: 'x'.repeat(100_000) }, 'HLR_UNREACHABLE', false],
  [{ status: 200, body: 'this is not JSON' }, 'HLR_REFUSED', true],
  [{ status: 500, body: '<html>' }, 'HLR_UNREACHABLE', false],
  [{ status: 503, body: { detail: 'maintenance' } }, 'HLR_UNREACHABLE', false],
  [{ status: 429 }, 'HLR_UNREACHABLE', false],
] as const)('%j is the failure %s', async (said, code, final) => {
  answer = said;
  const { type, nonRetryable, message } = await failureOf(client.reserve('change-1', '8999901000000000013'));
  expect({ type, nonRetryable }).toEqual({ type: code, nonRetryable: final });
  expect(message).toContain('operator-2');
});

test.each([
  ['7', 7_000],
  ['soon', undefined],
  ['999999999', 300_000],
  ['-1', undefined],
])('Retry-After: %s makes the next attempt wait %s ms', async (retryAfter, delay) => {
  answer = { status: 503, retryAfter };
  expect((await failureOf(client.subscriber(IMSI))).nextRetryDelay).toBe(delay);
});

test('a lease is renewed under the id of the change, and may have come to nothing because a card has attached', async () => {
  answer = { status: 200, body: { leaseUntil: null } };
  expect(await client.renew('change-1')).toEqual({ leaseUntil: null });
  expect(heard.at(-1)).toMatchObject({ method: 'POST', path: '/v1/reservations/change-1/renew' });
});

test('a location update may come from an HLR that does not learn the device', async () => {
  const locationUpdate = { at: '2026-03-04T05:06:07Z', imei: null };
  answer = { status: 200, body: { state: 'active', attached: true, locationUpdate } };
  expect(await client.subscriber(IMSI)).toMatchObject({ locationUpdate });
});

test('a subscriber may come with what the HLR knows of its authentications, and without', async () => {
  const subscriber = { state: 'reserved', attached: false, locationUpdate: null };
  const traces = {
    authentication: { at: '2026-03-04T05:06:07Z', outcome: 'failed' },
    refusedAt: '2026-03-04T05:06:08Z',
    refusal: { at: '2026-03-04T05:06:09Z', cause: 'roamingNotAllowed' },
  };
  for (const body of [subscriber, { ...subscriber, ...traces }]) {
    answer = { status: 200, body };
    expect(await client.subscriber(IMSI)).toEqual(body);
    expect(await client.findSubscriber(IMSI)).toEqual(body);
  }
});

test('a refusal for a reason that is not agreed is one all the same', async () => {
  const refusal = { at: '2026-03-04T05:06:09Z', cause: 'stolenEquipment' };
  answer = { status: 200, body: { state: 'reserved', attached: false, locationUpdate: null, refusal } };
  expect(await client.subscriber(IMSI)).toMatchObject({ refusal: { at: refusal.at, cause: 'other' } });
});

test('what was withdrawn is restored under the id of the change', async () => {
  answer = { status: 200, body: { imsi: IMSI, leaseUntil: RESERVED.leaseUntil } };
  expect(await client.restore('change-1')).toEqual({ imsi: IMSI, leaseUntil: RESERVED.leaseUntil });
  expect(heard.at(-1)).toMatchObject({ method: 'POST', path: '/v1/reservations/change-1/restore', body: '' });
  answer = { status: 410, body: { code: 'RESERVATION_WITHDRAWN' } };
  expect((await failureOf(client.restore('change-1'))).type).toBe('RESERVATION_WITHDRAWN');
});

test.each([200, 404])(
  'a subscriber that may be gone is not taken for gone when status %i says nothing of it',
  async (status) => {
    answer = { status, body: '' };
    expect((await failureOf(client.findSubscriber(IMSI))).type).toBe('HLR_REFUSED');
  },
);

test('a subscriber that was barred or deleted is told from one that the HLR does not know, which can not be asked for', async () => {
  answer = { status: 204, body: '' };
  expect([await client.bar(IMSI, 'change-1'), await client.remove(IMSI, 'change-1')]).toEqual(['done', 'done']);
  expect(heard.slice(-2).map(({ method, path }) => `${method} ${path}`)).toEqual([
    `PUT /v1/subscribers/${IMSI}/bar?changeId=change-1`,
    `DELETE /v1/subscribers/${IMSI}?changeId=change-1`,
  ]);
  answer = { status: 404, body: { code: 'SUBSCRIBER_UNKNOWN' } };
  expect([await client.bar(IMSI, 'change-1'), await client.remove(IMSI, 'change-1')]).toEqual(['unknown', 'unknown']);
  expect((await failureOf(client.subscriber(IMSI))).type).toBe('HLR_REFUSED');
  await expect(client.findSubscriber(IMSI)).resolves.toBeNull();
});

test.each([
  [404, '<html>no such page</html>'],
  [404, { code: 'NO_SUCH_RESOURCE' }],
  [200, '<html>welcome</html>'],
])('status %i with %j does not pass for a subscriber that is barred or deleted', async (status, body) => {
  answer = { status, body };
  for (const call of [client.bar(IMSI, 'change-1'), client.remove(IMSI, 'change-1')])
    expect((await failureOf(call)).type).toBe('HLR_REFUSED');
});

test.each([
  { at: 'yesterday', imei: '350000000000017' },
  { at: '2026-03-04T05:06:07Z', imei: '35\u0000' },
])('the location update %j is not agreed', async (locationUpdate) => {
  answer = { status: 200, body: { state: 'active', attached: true, locationUpdate } };
  expect((await failureOf(client.subscriber(IMSI))).type).toBe('HLR_REFUSED');
});

test('what a gateway says is cut, and can neither break a failure nor steer a terminal', async () => {
  answer = { status: 409, body: { detail: `no\u0000\ud800\u001b[2J\u202e${'x'.repeat(10_000)}` } };
  const { message } = await failureOf(client.reserve('change-1', '8999901000000000013'));
  expect(message).toMatch(/: no \ufffd \[2J x+…$/);
  expect(message.length).toBeLessThan(500);
});

test('a gateway that is away is unreachable, and is asked again', async () => {
  const away = new ProvisioningClient({ operator: 'operator-9', url: 'https://127.0.0.1:9', tls: files.rehome });
  const { type, nonRetryable, message } = await failureOf(away.subscriber(IMSI));
  expect({ type, nonRetryable }).toEqual({ type: 'HLR_UNREACHABLE', nonRetryable: false });
  expect(message).toContain('operator-9');
  await away.close();
});

test('a gateway whose certificate comes from somebody else is not talked to', async () => {
  const other = mkdtempSync(join(tmpdir(), 'rehome-other-authority-'));
  const stranger = new ProvisioningClient({
    operator: 'operator-2',
    url: urlOf(gateway),
    tls: { ...files.rehome, ca: (await createCertificates(other)).rehome.ca },
  });
  const asked = heard.length;
  expect((await failureOf(stranger.subscriber(IMSI))).type).toBe('HLR_UNREACHABLE');
  expect(heard).toHaveLength(asked);
  await stranger.close();
  rmSync(other, { recursive: true, force: true });
});
