import { inspect } from 'node:util';
import fc from 'fast-check';
import { UnsealError, keyIdOf, seal, unseal, type DataKey, type Place } from '../../../adapters/vault/seal.ts';
import { Secret } from '../../../telecom/secret.ts';

const KEY: DataKey = { id: 7, key: Secret.of<Uint8Array>(Buffer.alloc(32, 0xa1)) };
const OTHER_KEY: DataKey = { id: 7, key: Secret.of<Uint8Array>(Buffer.alloc(32, 0xb2)) };
const PLACE: Place = { table: 'cards', column: 'sealed_adm1', row: '8999901000000000013' };
const CODE = Buffer.from('de309c55d22113ed', 'hex');
const sealed = seal(Secret.of<Uint8Array>(CODE), KEY, PLACE);

test('what was sealed opens with its key at its place', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      const opened = unseal(seal(Secret.of(octets), KEY, PLACE), KEY, PLACE).reveal();
      expect(Buffer.from(opened)).toEqual(Buffer.from(octets));
    }),
  );
});

test('the same secret sealed twice looks different each time', () => {
  expect(seal(Secret.of<Uint8Array>(CODE), KEY, PLACE)).not.toEqual(sealed);
});

test('a sealed value names its data key, so that keys can be rotated', () => {
  expect(keyIdOf(sealed, PLACE)).toBe(7);
});

const ELSEWHERE: readonly [what: string, place: Place][] = [
  ['another row', { ...PLACE, row: '8999901000000000021' }],
  ['another column', { ...PLACE, column: 'sealed_kic' }],
  ['another table', { ...PLACE, table: 'packets' }],
  ['a place whose parts run together alike', { table: 'cards', column: 'sealed_adm18999901000000000013', row: '' }],
];

test.each(ELSEWHERE)('a sealed value moved to %s does not open', (_what, place) => {
  expect(() => unseal(sealed, KEY, place)).toThrow(UnsealError);
});

test('a sealed value does not open with another key', () => {
  expect(() => unseal(sealed, OTHER_KEY, PLACE)).toThrow(UnsealError);
});

test('a sealed value of which any octet was altered does not open', () => {
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(at) ^ 0x01, at);
    expect(() => openedAt(altered)).toThrow(UnsealError);
  }
});

test('a sealed value that was cut short does not open, and says so as any other', () => {
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => openedAt(sealed.subarray(0, length))).toThrow(UnsealError);
  }
});

test('the error of a value that does not open says where it lies, and nothing of what it holds', () => {
  const caught = caughtFrom(() => unseal(sealed, OTHER_KEY, PLACE));
  expect(caught).toBeInstanceOf(UnsealError);
  const told = inspect(caught, { depth: 10, showHidden: true });
  expect(told).toContain('cards.sealed_adm1 of 8999901000000000013');
  for (const secret of [CODE, Buffer.alloc(32, 0xb2), sealed]) {
    for (const encoding of ['hex', 'base64'] as const) expect(told).not.toContain(secret.toString(encoding));
  }
});

/** Opens as the vault does: the value names the key first. */
function openedAt(octets: Uint8Array): Secret<Uint8Array> {
  if (keyIdOf(octets, PLACE) !== KEY.id) throw new UnsealError(PLACE, 'its data key is not known');
  return unseal(octets, KEY, PLACE);
}

function caughtFrom(act: () => unknown): unknown {
  try {
    return act();
  } catch (cause) {
    return cause;
  }
}
