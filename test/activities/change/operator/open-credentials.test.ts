import { CompactEncrypt } from 'jose';
import { openCredentials } from '../../../../activities/change/operator/open-credentials.ts';
import { sealCredentials } from '../../../../gateway/sealed-credentials.ts';
import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { toHex } from '../../../../telecom/octets/hex.ts';
import { Secret } from '../../../../telecom/secret.ts';

const changeId = '0199c0de-0000-7000-8000-000000000001';
const imsi = parseImsi('001029000000001');
const key = Secret.of(new Uint8Array(32).fill(0x11));
const otherKey = Secret.of(new Uint8Array(32).fill(0x22));
const k = Secret.of(new Uint8Array(16).fill(0xaa));
const opc = Secret.of(new Uint8Array(16).fill(0xbb));

const sealed = (kid = '2026-1') => sealCredentials({ changeId, imsi, k, opc }, { kid, key });
const open = (credentials: string, changes: { changeId?: string; imsi?: string; keys?: object } = {}) => {
  const keys = new Map(Object.entries(changes.keys ?? { '2026-1': key }) as [string, Secret<Uint8Array>][]);
  const wanted = { changeId: changes.changeId ?? changeId, imsi: parseImsi(changes.imsi ?? imsi) };
  return openCredentials({ operator: 'operator-2', credentials, ...wanted }, (kid) => Promise.resolve(keys.get(kid)));
};
const refusal = async (opened: Promise<unknown>): Promise<string> => {
  const cause: unknown = await opened.catch((error: unknown) => error);
  expect(cause).toMatchObject({ type: 'HLR_REFUSED', nonRetryable: true });
  expect(JSON.stringify(cause)).not.toMatch(/aaaa|bbbb|1111/);
  return (cause as Error).message;
};
const encrypted = (plain: string, header: { alg: string; enc: string }) =>
  new CompactEncrypt(new TextEncoder().encode(plain))
    .setProtectedHeader({ ...header, kid: '2026-1' })
    .encrypt(key.reveal());

describe('wrapped credentials', () => {
  test('open to what the gateway wrapped', async () => {
    const opened = await open(await sealed());
    expect([toHex(opened.k.reveal()), toHex(opened.opc.reveal())]).toEqual(['aa'.repeat(16), 'bb'.repeat(16)]);
  });

  test('open with the key of their name, while both sides change it', async () => {
    const keys = { '2025-1': otherKey, '2026-1': key };
    await expect(open(await sealed(), { keys })).resolves.toMatchObject({ k: {} });
  });

  test('may also be under a key that the session key wraps', async () => {
    const plain = JSON.stringify({ changeId, imsi, k: 'aa'.repeat(16), opc: 'bb'.repeat(16) });
    const opened = await open(await encrypted(plain, { alg: 'A256GCMKW', enc: 'A256GCM' }));
    expect(toHex(opened.k.reveal())).toBe('aa'.repeat(16));
  });

  test('under a name that is not registered are refused, with what to do', async () => {
    const message = await refusal(open(await sealed('2027-1')));
    expect(message).toContain('session key 2027-1, which is not registered');
  });

  test('under another key with the same name are refused', async () => {
    expect(await refusal(open(await sealed(), { keys: { '2026-1': otherKey } }))).toContain('do not open');
  });

  test('of another change are refused', async () => {
    const changed = { changeId: '0199c0de-0000-7000-8000-000000000002' };
    expect(await refusal(open(await sealed(), changed))).toContain('another change or IMSI');
  });

  test('of another subscriber are refused', async () => {
    expect(await refusal(open(await sealed(), { imsi: '001029000000002' }))).toContain('another change or IMSI');
  });

  test('of which one octet was changed are refused', async () => {
    const parts = (await sealed()).split('.');
    const ciphertext = Buffer.from(parts[3] ?? '', 'base64url');
    ciphertext.writeUInt8(ciphertext.readUInt8(0) ^ 1, 0);
    parts[3] = ciphertext.toString('base64url');
    expect(await refusal(open(parts.join('.')))).toContain('do not open');
  });

  test('whose header names another encryption than agreed are refused', async () => {
    const plain = JSON.stringify({ changeId, imsi, k: 'aa'.repeat(16), opc: 'bb'.repeat(16) });
    expect(await refusal(open(await encrypted(plain, { alg: 'dir', enc: 'A128CBC-HS256' })))).toContain('do not open');
  });

  test('that hold something else than agreed are refused', async () => {
    const header = { alg: 'dir', enc: 'A256GCM' };
    for (const plain of ['not JSON', '{}', JSON.stringify({ changeId, imsi, k: 'aa', opc: 'bb' })])
      expect(await refusal(open(await encrypted(plain, header)))).toContain('do not hold');
  });

  test('that are no JWE are refused', async () => {
    expect(await refusal(open('a.b.c.d.e'))).toContain('name no session key');
  });
});
