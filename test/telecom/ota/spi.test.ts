import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeSpi, encodeSpi, type Spi } from '../../../telecom/ota/spi.ts';
import { refusal } from '../refusal.ts';

const signedAndCiphered: Spi = {
  counter: 'none',
  ciphered: true,
  integrity: 'cryptographicChecksum',
  por: 'always',
  porIntegrity: 'cryptographicChecksum',
  porCiphered: true,
  porBySubmit: false,
};
const nothing: Spi = {
  counter: 'none',
  ciphered: false,
  integrity: 'none',
  por: 'never',
  porIntegrity: 'none',
  porCiphered: false,
  porBySubmit: false,
};

const vectors: readonly [hex: string, spi: Spi][] = [
  ['0619', signedAndCiphered],
  ['0609', { ...signedAndCiphered, porCiphered: false }],
  ['0601', { ...signedAndCiphered, porCiphered: false, porIntegrity: 'none' }],
  ['1619', { ...signedAndCiphered, counter: 'mustBeHigher' }],
  ['1639', { ...signedAndCiphered, counter: 'mustBeHigher', porBySubmit: true }],
  ['0000', nothing],
  ['0100', { ...nothing, integrity: 'redundancyCheck' }],
  ['0200', { ...nothing, integrity: 'cryptographicChecksum' }],
  ['0300', { ...nothing, integrity: 'digitalSignature' }],
  ['0400', { ...nothing, ciphered: true }],
  ['0800', { ...nothing, counter: 'carried' }],
  ['1000', { ...nothing, counter: 'mustBeHigher' }],
  ['1800', { ...nothing, counter: 'mustBeNext' }],
  ['0001', { ...nothing, por: 'always' }],
  ['0002', { ...nothing, por: 'onError' }],
  ['0004', { ...nothing, porIntegrity: 'redundancyCheck' }],
  ['0008', { ...nothing, porIntegrity: 'cryptographicChecksum' }],
  ['000c', { ...nothing, porIntegrity: 'digitalSignature' }],
  ['0010', { ...nothing, porCiphered: true }],
  ['0020', { ...nothing, porBySubmit: true }],
];

for (const [hex, spi] of vectors) {
  test(`SPI ${hex} says ${spi.counter} counter, PoR ${spi.por} and ${spi.porCiphered ? 'ciphered' : 'clear'}`, () => {
    expect(toHex(encodeSpi(spi))).toBe(hex);
    expect(decodeSpi(fromHex(hex, 'SPI'))).toEqual(spi);
  });
}

test.each(['2000', '4000', '8000', '0040', '0080', '0003', '', '06', '061900'])('refuses %j as an SPI', (hex) => {
  expect(() => decodeSpi(fromHex(hex, 'SPI'))).toThrow(refusal('SPI'));
});

test('two octets are an SPI that encodes to them, or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 2 }), (octets) => {
      try {
        expect(encodeSpi(decodeSpi(octets))).toEqual(octets);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
  );
});
