import fc from 'fast-check';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import {
  decodeResponsePacket,
  encodeResponsePacket,
  type ResponsePacket,
} from '../../../telecom/ota/response-packet.ts';
import { RESPONSE_STATUSES } from '../../../telecom/ota/response-status.ts';
import { decodeSpi, type Spi } from '../../../telecom/ota/spi.ts';
import { refusal } from '../refusal.ts';
import { decodedOrRefused, hex, keysOf, KIC_KEY, KID_KEY, security, spi1619, withBitFlipped } from './packets.ts';

const response: ResponsePacket = {
  ...security,
  tar: parseTar('b00011'),
  cntr: 42,
  status: 'porOk',
  data: hex('019000'),
};
const signedClear: Spi = { ...spi1619, porCiphered: false };
const SIGNED_CLEAR = '027100001612b00011000000002a000017f8bd631b2762f3019000';
const SIGNED_CLEAR_4 = '02710000120eb00011000000002a0000600389d8019000';

test('a clear signed response is the one that another program computes, with 8 and with 4 octets of checksum', () => {
  expect(toHex(encodeResponsePacket({ ...response, spi: signedClear }))).toBe(SIGNED_CLEAR);
  expect(toHex(encodeResponsePacket({ ...response, spi: signedClear, macLength: 4 }))).toBe(SIGNED_CLEAR_4);
  expect(decodeResponsePacket(hex(SIGNED_CLEAR), { ...security, spi: signedClear })).toEqual({
    tar: 'b00011',
    cntr: 42,
    status: 'porOk',
    authenticated: true,
    integrityOk: true,
    ciphered: false,
    data: hex('019000'),
  });
  expect(decodeResponsePacket(hex(SIGNED_CLEAR_4), { ...security, spi: signedClear, macLength: 4 }).authenticated).toBe(
    true,
  );
});

test('a shorter checksum than the profile says is never taken for proof', () => {
  const decoded = decodeResponsePacket(hex(SIGNED_CLEAR_4), { ...security, spi: signedClear });
  expect(decoded).toMatchObject({ status: 'porOk', cntr: 42, authenticated: false, integrityOk: false });
});

test('the clear refusal that a real SJA2 card gives to a signed and ciphered packet is read, and proves nothing', () => {
  expect(decodeResponsePacket(hex('027100000b0ab0001000000000000006'), security)).toEqual({
    tar: 'b00010',
    cntr: 0,
    status: 'securityError',
    authenticated: false,
    integrityOk: false,
    ciphered: false,
    data: new Uint8Array(0),
  });
});

test('a redundancy check is verified and proves nothing about who sent it', () => {
  const answer = hex('02710000100cb000110000000007000092b1019000');
  const checked = { ...security, spi: decodeSpi(hex('1105')), kid: { algorithm: 'crc16', kvn: 1 } } as const;
  const decoded = decodeResponsePacket(answer, checked);
  expect(decoded).toMatchObject({ cntr: 7, integrityOk: true, authenticated: false });
  expect(toHex(encodeResponsePacket({ ...response, ...checked, cntr: 7 }))).toBe(toHex(answer));
  expect(decodeResponsePacket(withBitFlipped(answer, 8 * 20), checked).integrityOk).toBe(false);
});

test('an unsigned response is never authenticated, though its SPI asked for nothing', () => {
  const nothing: Spi = { ...spi1619, porIntegrity: 'none', porCiphered: false };
  const decoded = decodeResponsePacket(encodeResponsePacket({ ...response, spi: nothing }), {
    ...security,
    spi: nothing,
  });
  expect(decoded).toMatchObject({ status: 'porOk', authenticated: false, integrityOk: false });
});

test('a response that is ciphered but not signed is read, and proves nothing', () => {
  const ciphered: Spi = { ...spi1619, porIntegrity: 'none' };
  const decoded = decodeResponsePacket(encodeResponsePacket({ ...response, spi: ciphered }), {
    ...security,
    spi: ciphered,
  });
  expect(decoded).toMatchObject({ cntr: 42, ciphered: true, authenticated: false, data: hex('019000') });
});

test('a signed response that was not ciphered is authenticated and says that it is clear', () => {
  expect(decodeResponsePacket(hex(SIGNED_CLEAR), security)).toMatchObject({ authenticated: true, ciphered: false });
});

test('a response that was ciphered with another key is not taken for one with an odd status', () => {
  const other = { ...security, keys: keysOf('2f0102030405060708090a0b0c0d0e0f', KID_KEY) };
  const outcomes = Array.from({ length: 64 }, (_, cntr) => {
    const userData = encodeResponsePacket({ ...response, cntr });
    return decodedOrRefused(() => decodeResponsePacket(userData, other))?.authenticated;
  });
  expect(outcomes).not.toContain(true);
  expect(outcomes.filter((outcome) => outcome === undefined).length).toBeGreaterThan(0);
  for (let cntr = 0; cntr < 64; cntr += 1) {
    if (outcomes[cntr] !== undefined) continue;
    const userData = encodeResponsePacket({ ...response, cntr });
    expect(() => decodeResponsePacket(userData, other)).toThrow(refusal('RC/CC/DS'));
  }
});

test('padding of any content is cut by its count', () => {
  const padded = { ...response, data: hex('01900080000000') };
  const decoded = decodeResponsePacket(encodeResponsePacket(padded), security);
  expect(toHex(decoded.data)).toBe('01900080000000');
});

test('a header with more elements than the response, and a missing header, make no difference', () => {
  const whole = encodeResponsePacket(response);
  const withPort = Uint8Array.from([8, 0x05, 4, 0x0b, 0x84, 0, 0, 0x71, 0, ...whole.slice(3)]);
  for (const userData of [whole, whole.slice(3), withPort]) {
    expect(decodeResponsePacket(userData, security)).toMatchObject({ authenticated: true, cntr: 42 });
  }
});

for (const status of RESPONSE_STATUSES) {
  for (const spi of ['1619', '1609', '1611', '1601']) {
    test(`the answer ${status} comes through under SPI ${spi}, header stripped or not`, () => {
      const asked = { ...security, spi: decodeSpi(hex(spi)) };
      const userData = encodeResponsePacket({ ...response, ...asked, status });
      for (const received of [userData, userData.slice(3)]) {
        expect(decodeResponsePacket(received, asked)).toMatchObject({ status, cntr: 42, data: response.data });
      }
    });
  }
}

test.each(['aes', 'tripleDes2Key', 'tripleDes3Key'] as const)(
  '%s seals and opens a response of any length',
  (algorithm) => {
    const key = algorithm === 'tripleDes3Key' ? `${KIC_KEY}0011223344556677` : KIC_KEY;
    const keyset = { kic: { algorithm, kvn: 1 }, kid: { algorithm, kvn: 1 }, keys: keysOf(key, key) };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 0xff_ffff_ffff }), (data, cntr) => {
        const userData = encodeResponsePacket({ ...response, ...keyset, data, cntr });
        const decoded = decodeResponsePacket(userData, { spi: spi1619, ...keyset });
        expect(decoded).toMatchObject({ authenticated: true, ciphered: true, data, cntr });
      }),
      { numRuns: 50 },
    );
  },
);

test('single DES and a signature of an unknown kind are refused by name', () => {
  const des = { ...security, kid: { algorithm: 'des', kvn: 1 } } as const;
  expect(() => encodeResponsePacket({ ...response, ...des })).toThrow(/single DES \(CBC\) is refused/);
  expect(() => decodeResponsePacket(hex(SIGNED_CLEAR), des)).toThrow(/single DES \(CBC\) is refused/);
  const signed = { ...security, spi: decodeSpi(hex('160d')) };
  expect(() => decodeResponsePacket(hex(SIGNED_CLEAR), signed)).toThrow(/digital signatures are not supported/);
});

test('no damaged response is authenticated, whichever bit it is', () => {
  for (const spi of [spi1619, signedClear]) {
    const userData = encodeResponsePacket({ ...response, spi });
    // The first three octets are the header, which networks drop and change: it may be damaged without harm.
    for (let bit = 24; bit < userData.length * 8; bit += 1) {
      const decoded = decodedOrRefused(() => decodeResponsePacket(withBitFlipped(userData, bit), { ...security, spi }));
      expect(decoded?.authenticated ?? false).toBe(false);
    }
  }
});

test('a response under other keys is not authenticated', () => {
  const userData = encodeResponsePacket(response);
  for (const keys of [keysOf(KIC_KEY, KIC_KEY), keysOf(KID_KEY, KID_KEY)]) {
    const decoded = decodedOrRefused(() => decodeResponsePacket(userData, { ...security, keys }));
    expect(decoded?.authenticated ?? false).toBe(false);
  }
});

test('a response cut short is refused', () => {
  const userData = encodeResponsePacket(response);
  for (let length = 0; length < userData.length; length += 1) {
    expect(decodedOrRefused(() => decodeResponsePacket(userData.slice(0, length), security))).toBeUndefined();
  }
});

test('whatever arrives is decoded without authority or is a DecodeError', () => {
  const framed = fc
    .tuple(fc.constantFrom(0x0a, 0x0c, 0x0e, 0x12, 0xff), fc.uint8Array({ maxLength: 80 }))
    .map(([headerLength, rest]) => Uint8Array.from([2, 0x71, 0, 0, rest.length + 1, headerLength, ...rest]));
  const spi = fc.constantFrom('1619', '1609', '1605', '1601', '1615', '1611').map((text) => decodeSpi(hex(text)));
  const kid = fc.constantFrom({ algorithm: 'crc32', kvn: 1 } as const, { algorithm: 'tripleDes2Key', kvn: 1 } as const);
  fc.assert(
    fc.property(fc.oneof(framed, fc.uint8Array()), fc.record({ spi, kid }), (octets, asked) => {
      const decoded = decodedOrRefused(() => decodeResponsePacket(octets, { ...security, ...asked }));
      expect(decoded?.authenticated ?? false).toBe(false);
    }),
    { numRuns: 5000 },
  );
});
