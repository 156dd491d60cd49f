import { DecodeError } from '../../../telecom/decode-error.ts';
import {
  asCipher,
  asRedundancyCheck,
  decodeKic,
  decodeKid,
  encodeKeyIndication,
} from '../../../telecom/ota/key-indication.ts';

test.each([
  [0x00, 'implicit', 0],
  [0x22, 'aes', 2],
  [0x35, 'tripleDes2Key', 3],
  [0xf9, 'tripleDes3Key', 15],
  [0x11, 'des', 1],
  [0x1d, 'desEcb', 1],
  [0x13, 'proprietary', 1],
])('octet %i is %s of key set %i, as KIc and as the KID of a checksum', (octet, algorithm, kvn) => {
  expect(decodeKic(octet)).toEqual({ algorithm, kvn });
  expect(decodeKid(octet, 'cryptographicChecksum')).toEqual({ algorithm, kvn });
  expect(encodeKeyIndication(decodeKic(octet))).toBe(octet);
});

test.each([
  [0x11, 'crc16', 1],
  [0x15, 'crc32', 1],
  [0x00, 'implicit', 0],
])('octet %i is %s of key set %i, as the KID of a redundancy check', (octet, algorithm, kvn) => {
  const kid = decodeKid(octet, 'redundancyCheck');
  expect(kid).toEqual({ algorithm, kvn });
  expect(encodeKeyIndication(kid)).toBe(octet);
});

test('every octet is an indication that encodes to it, or a DecodeError', () => {
  for (let octet = 0; octet <= 0xff; octet += 1) {
    for (const decode of [decodeKic, (kid: number) => decodeKid(kid, 'redundancyCheck')]) {
      try {
        expect(encodeKeyIndication(decode(octet))).toBe(octet);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  }
  expect(() => decodeKic(256)).toThrow(DecodeError);
  expect(() => decodeKic(Number.NaN)).toThrow(DecodeError);
});

test('one KID names a checksum to a command and a redundancy check to its response', () => {
  expect(asRedundancyCheck({ algorithm: 'tripleDes2Key', kvn: 1 })).toBe('crc32');
  expect(asCipher({ algorithm: 'crc16', kvn: 1 })).toBe('des');
  expect(() => asRedundancyCheck({ algorithm: 'aes', kvn: 1 })).toThrow(DecodeError);
});

test('a key set number beyond 15 is refused', () => {
  for (const kvn of [16, -1, 1.5]) expect(() => encodeKeyIndication({ algorithm: 'aes', kvn })).toThrow(RangeError);
});
