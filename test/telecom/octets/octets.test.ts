import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { OctetReader } from '../../../telecom/octets/reader.ts';
import { OctetWriter } from '../../../telecom/octets/writer.ts';

test('hex is lower case and read in either case', () => {
  expect(toHex(Uint8Array.of(0xb0, 0x0c, 0x0a))).toBe('b00c0a');
  expect(fromHex('B00c0A', 'TAR')).toEqual(Uint8Array.of(0xb0, 0x0c, 0x0a));
  expect(fromHex('', 'data')).toEqual(new Uint8Array(0));
});

test('hex of part of a larger buffer is only that part', () => {
  expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203');
});

test.each(['b', '0x', 'b0 0c', 'zz', 'b00c0', '00\n'])('refuses %j as hex by its field and never shows it', (text) => {
  expect(() => fromHex(text, 'kic key')).toThrow(DecodeError);
  expect(() => fromHex(text, 'kic key')).toThrow(/^kic key cannot be decoded: (an odd number of|a character that)/);
});

test('a wrong key in hex is not repeated by the error', () => {
  const key = '465b5ce8b199b49faa5f0a2ee238a6bX';
  expect(() => fromHex(key, 'K')).not.toThrow('465b5c');
});

test('what is written is read back in the same order, up to 6 octets a number', () => {
  const bounds = fc
    .integer({ min: 1, max: 6 })
    .chain((length) =>
      fc.record({ length: fc.constant(length), value: fc.maxSafeNat().map((value) => value % 256 ** length) }),
    );
  fc.assert(
    fc.property(fc.array(bounds), fc.uint8Array(), (numbers, rest) => {
      const writer = new OctetWriter();
      for (const { value, length } of numbers) writer.appendUint(value, length);
      const reader = new OctetReader(writer.appendOctets(rest).toOctets(), { clause: 'test' });
      for (const { value, length } of numbers) expect(reader.readUint(length, 'number')).toBe(value);
      expect(reader.readRest()).toEqual(rest);
      reader.expectEnd('rest');
    }),
  );
});

test('a number that does not fit its octets is refused, not cut', () => {
  const writer = new OctetWriter();
  for (const value of [256, -1, 0.5, Number.NaN]) expect(() => writer.appendOctet(value)).toThrow(RangeError);
  expect(() => writer.appendUint(2 ** 40, 5)).toThrow(RangeError);
});

test('a reader names the field that is cut short and the field that is too long', () => {
  const reader = new OctetReader(Uint8Array.of(1, 2), { clause: 'ETSI TS 102 225 §5.1' });
  expect(() => reader.readOctets(3, 'TAR')).toThrow(
    /^TAR cannot be decoded: 3 octets needed, 2 left \(ETSI TS 102 225 §5\.1\)$/,
  );
  expect(() => {
    reader.expectEnd('packet');
  }).toThrow(/^packet cannot be decoded: 2 octets more/);
});

test('what a reader gives out does not change with what it read from, Buffer or not', () => {
  const source = Buffer.from([1, 2, 3]);
  const reader = new OctetReader(source, { clause: 'test' });
  const octets = reader.readOctets(2, 'octets');
  const consumed = reader.consumed();
  source.fill(0);
  expect([octets, consumed]).toEqual([Uint8Array.of(1, 2), Uint8Array.of(1, 2)]);
});
