import { Secret } from '../../telecom/secret.ts';
import { processLog } from '../../workers/log.ts';

const HEX = '0123456789abcdef0123456789abcdef';

/** The line that a log writes, as it is on disk and as it is read. */
function logged(fields: Record<string, unknown>, message = 'text'): { text: string; line: Record<string, unknown> } {
  let text = '';
  processLog('test', 'debug', { write: (line) => void (text += line) })('info', message, fields);
  return { text, line: JSON.parse(text) as Record<string, unknown> };
}

test('a Secret is not logged, wherever it stands', () => {
  const secret = Secret.of(HEX);
  const { text, line } = logged({ secret, nested: { list: [secret], map: new Map([['here', secret]]) } });
  expect(text).not.toContain(HEX);
  expect(line).toMatchObject({ nested: { list: ['[secret]'], map: { here: '[secret]' } } });
});

test.each([
  ...[
    'k',
    'K',
    'ki',
    'op',
    'opc',
    'OPc',
    'adm',
    'ADM1',
    'adm-1',
    'adminCode',
    'admin_code',
    'kic',
    'kid',
    'KIc',
    'kicKey',
  ],
  ...[
    'kidKey',
    'key',
    'keys',
    'privateKey',
    'x-api-key',
    'password',
    'databasePassword',
    'PGPASSWORD',
    'authorization',
  ],
  ...['Proxy-Authorization', 'cookie', 'set-cookie', 'token', 'accessToken', 'secret', 'clientSecret', 'credentials'],
  ...['xres', 'sres', 'ck', 'ik', 'userData', 'tpdu', 'apdu', 'packet', 'task', 'taskEncoded', 'pinCode'],
])('what stands under %s is not logged: at the top, in an object, in a list of objects, in a header map', (name) => {
  const { text } = logged({
    [name]: HEX,
    a: { b: { [name]: { hex: HEX } } },
    list: [{ [name]: [HEX] }],
    map: new Map([[name, HEX]]),
  });
  expect(text).not.toContain(HEX);
  expect(text.match(/\[secret\]/g)).toHaveLength(4);
});

test.each([
  'iccid',
  'imsi',
  'msisdn',
  'changeId',
  'taskQueue',
  'opener',
  'kind',
  'operator',
  'cards',
  'attempt',
  'monkeys2',
])('what stands under %s is logged: a name that only looks like one of the list hides nothing', (name) => {
  expect(logged({ [name]: '8999901000000000013' }).line[name]).toBe('8999901000000000013');
});

test('octets are not logged, under any name: they may be a key', () => {
  const { line, text } = logged({ any: Buffer.from(HEX, 'hex'), list: [new Uint8Array(4)] });
  expect(line).toMatchObject({ any: '[16 octets]', list: ['[4 octets]'] });
  expect(text).not.toContain(Buffer.from(HEX, 'hex').toString('base64'));
});

test.each([
  ['a password in an address', `no answer from postgres://rehome:${HEX}@db.example/rehome`],
  ['a bearer token', `401 for Authorization: Bearer ${HEX}`],
  ['a private key', `-----BEGIN PRIVATE KEY-----\n${HEX}\n-----END PRIVATE KEY-----`],
])('%s is not logged, in the message or within a field', (_what, text) => {
  expect(logged({ reason: text, list: [text] }, text).text).not.toContain(HEX);
});

test('an address without a password is logged as it is', () => {
  const text = 'no answer from https://gateway.example:8443/v1/subscribers/001010000000001';
  expect(logged({ reason: text }, text).line).toMatchObject({ msg: text, reason: text });
});

test('an error keeps name, message, cause and what it carries, without its secrets', () => {
  const cause = new Error(`postgres://rehome:${HEX}@db.example is away`);
  const error = Object.assign(new TypeError('not usable', { cause }), { code: 'EINVAL', password: HEX });
  const { line, text } = logged({ error });
  expect(line['error']).toMatchObject({
    ...{ name: 'TypeError', message: 'not usable', code: 'EINVAL', password: '[secret]' },
    cause: { message: 'postgres://rehome:[secret]@db.example is away' },
  });
  expect(text).not.toContain(HEX);
});

test('what refers to itself or is endless is logged as far as it goes', () => {
  const self: Record<string, unknown> = { name: 'self' };
  self['self'] = self;
  let deep: object = { password: HEX };
  for (let level = 0; level < 100; level += 1) deep = { deep };
  const { line, text } = logged({ self, deep, at: new Date(0), many: 1n, set: new Set([1]), nothing: undefined });
  expect(line).toMatchObject({ self: { self: '[circular]' }, at: '1970-01-01T00:00:00.000Z', many: '1', set: [1] });
  expect(text).toContain('[too deep]');
  expect(text).not.toContain(HEX);
});
