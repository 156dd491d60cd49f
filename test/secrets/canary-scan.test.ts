import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CanaryScan } from '../support/canary-scan.ts';

const octets = randomBytes(16);
const scan = new CanaryScan([{ name: 'K', octets }]);
const HIT = [{ place: 'here', canary: 'K' }];
const swap = (hex: string) => hex.replaceAll(/(.)(.)/g, '$2$1');

const folder = mkdtempSync(join(tmpdir(), 'rehome-canaries-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const hex = octets.toString('hex');
test.each<readonly [string, string | Buffer]>([
  ['raw', octets],
  ['hex', hex],
  ['upper-case hex', hex.toUpperCase()],
  ['hex with colons', (hex.match(/../g) ?? []).join(':')],
  ['hex with spaces', (hex.match(/../g) ?? []).join(' ')],
  ['BASE64', octets.toString('base64')],
  ['BASE64 for addresses', octets.toString('base64url')],
  ['raw with nibbles swapped', Buffer.from(swap(hex), 'hex')],
  ['hex with nibbles swapped', swap(hex)],
  ['upper-case hex with nibbles swapped', swap(hex).toUpperCase()],
  ['JSON of a Buffer', JSON.stringify(octets)],
  ['JSON of a Uint8Array', JSON.stringify(new Uint8Array(octets))],
])('a secret is found as it may be written down: %s', (_form, text) => {
  const before = randomBytes(37);
  expect(scan.in('here', Buffer.concat([before, Buffer.from(text), randomBytes(11)]))).toEqual(HIT);
});

test('a secret is found within BASE64 of something longer, wherever it lies there', () => {
  for (let before = 0; before < 6; before += 1) {
    for (let after = 0; after < 6; after += 1) {
      const longer = Buffer.concat([randomBytes(before), octets, randomBytes(after)]);
      expect({ before, after, hits: scan.in('here', longer.toString('base64')) }).toEqual({ before, after, hits: HIT });
    }
  }
});

test('a code of digits is found packed two to an octet (BCD), nibbles swapped or not', () => {
  const digits = '4711081512345678';
  const ofDigits = new CanaryScan([{ name: 'admin code', octets: Buffer.from(digits) }]);
  for (const form of [Buffer.from(digits, 'hex'), Buffer.from(swap(digits), 'hex'), digits, swap(digits)])
    expect(ofDigits.in('here', form)).toHaveLength(1);
});

test('a secret is found in a file across the border of two reads, whichever octet is the last of the first', async () => {
  const path = join(folder, 'border');
  const inSmallParts = new CanaryScan([{ name: 'K', octets }], 64);
  for (let cut = 0; cut <= hex.length; cut += 1) {
    writeFileSync(path, Buffer.concat([Buffer.alloc(128 - cut), Buffer.from(hex), Buffer.alloc(100)]));
    expect({ cut, hits: await inSmallParts.inFile(path) }).toEqual({ cut, hits: [{ place: path, canary: 'K' }] });
  }
});

test('a secret is found in any file of a folder, and not counted in its own', async () => {
  const home = join(folder, 'tree', 'keys', 'own');
  const other = join(folder, 'tree', 'deep', 'er', 'copy');
  for (const path of [home, other]) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, hex);
  }
  const { files, hits } = await new CanaryScan([{ name: 'K', octets, home }]).inFolder(join(folder, 'tree'));
  expect({ files, hits }).toEqual({ files: 2, hits: [{ place: other, canary: 'K' }] });
});

test('what is not there is not found: half a secret, another one, random octets', () => {
  const noise = randomBytes(1 << 20);
  for (const content of [octets.subarray(0, 15), randomBytes(16), noise, noise.toString('hex'), ''])
    expect(scan.in('here', content)).toEqual([]);
});

test('a secret that is so short that chance would find it is refused', () => {
  expect(() => new CanaryScan([{ name: 'PIN', octets: Buffer.from('1234') }])).toThrow('PIN is too short');
});

test('each of many secrets is told by its name', () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ name: `key ${String(index)}`, octets: randomBytes(16) }));
  const text = [many[7], many[31]].map((one) => one?.octets.toString('hex')).join();
  expect(new CanaryScan(many).in('here', text).map(({ canary }) => canary)).toEqual(['key 7', 'key 31']);
});
