import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPki } from '../../scripts/pki.ts';

const FILES = ['ca.crt', 'operators.crt', 'operators.key', 'rehome.crt', 'rehome.key'];

let folder: string;
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const certificate = (name: string): X509Certificate => new X509Certificate(read(name));

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'rehome-pki-')), 'pki');
  await createPki(folder);
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

test('the authority signs both parties, for ten years, and its key is not kept', () => {
  expect(readdirSync(folder).sort()).toEqual(FILES);
  const authority = certificate('ca.crt');
  for (const name of ['rehome.crt', 'operators.crt']) {
    expect(certificate(name).verify(authority.publicKey)).toBe(true);
    expect(certificate(name).ca).toBe(false);
    expect(Date.parse(certificate(name).validTo)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
  }
});

test('the operators are known as localhost and 127.0.0.1', () => {
  expect(certificate('operators.crt').subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
});

test('Rehome is known by the name that the gateways of the demonstration let in', () => {
  expect(certificate('rehome.crt').subject).toBe('CN=Rehome');
});

test('only the owner can read the keys', () => {
  for (const name of ['rehome.key', 'operators.key']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test('a second run changes nothing', async () => {
  const before = FILES.map(read);
  await createPki(folder);
  expect(FILES.map(read)).toEqual(before);
});

test('when a file is missing the whole set is made anew, because the authority cannot sign any more', async () => {
  const before = read('ca.crt');
  rmSync(join(folder, 'rehome.key'));
  await createPki(folder);
  expect(read('ca.crt')).not.toBe(before);
  expect(certificate('rehome.crt').verify(certificate('ca.crt').publicKey)).toBe(true);
});
