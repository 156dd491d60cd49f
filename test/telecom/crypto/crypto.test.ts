import fc from 'fast-check';
import { aes, tripleDes } from '../../../telecom/crypto/block-cipher.ts';
import { crc16, crc32 } from '../../../telecom/crypto/crc.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';

const hex = (text: string) => fromHex(text, 'test');

/** RFC 4493 §4; NIST SP 800-38B appendix D for 192 and 256 bits. */
const MESSAGE =
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';
const AES_128 = '2b7e151628aed2a6abf7158809cf4f3c';
const AES_192 = '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b';
const AES_256 = '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4';

test.each([
  [AES_128, 0, 'bb1d6929e95937287fa37d129b756746'],
  [AES_128, 16, '070a16b46b4d4144f79bdd9dd04a287c'],
  [AES_128, 40, 'dfa66747de9ae63030ca32611497c827'],
  [AES_128, 64, '51f0bebf7e3b9d92fc49741779363cfe'],
  [AES_192, 0, 'd17ddf46adaacde531cac483de7a9367'],
  [AES_192, 16, '9e99a7bf31e710900662f65e617c5184'],
  [AES_192, 40, '8a1de5be2eb31aad089a82e6ee908b0e'],
  [AES_192, 64, 'a1d5df0eed790f794d77589659f39a11'],
  [AES_256, 0, '028962f61b7bf89efc6b551f4667d983'],
  [AES_256, 16, '28a7023f452e8f82bd4bf28d8c37c35c'],
  [AES_256, 40, 'aaf3d8f1de5640c232f5b169b9c911e6'],
  [AES_256, 64, 'e1992190549f6ed5696a2c056c315410'],
])('AES-CMAC under %s over %i octets is the published one', (key, length, mac) => {
  expect(toHex(aes(hex(key)).mac([hex(MESSAGE).slice(0, length)]))).toBe(mac);
});

test('CRC 16 and CRC 32 are those of the examples of ETSI TS 102 225 annex B', () => {
  expect(toHex(crc16([hex('01'), hex('02030405')]))).toBe('22ec');
  expect(toHex(crc32([hex('010203'), hex('0405')]))).toBe('470b99f4');
});

test('a checksum leaves the octets it covers as they are, also in a Buffer', () => {
  const octets = Buffer.alloc(32, 0xa5);
  aes(hex(AES_128)).mac([octets]);
  tripleDes(hex(AES_128)).mac([octets]);
  expect(octets.equals(Buffer.alloc(32, 0xa5))).toBe(true);
});

test('deciphering undoes ciphering for every key length', () => {
  const ciphers = [
    aes(hex(AES_128)),
    aes(hex(AES_192)),
    aes(hex(AES_256)),
    tripleDes(hex(AES_128)),
    tripleDes(hex(AES_192)),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...ciphers), fc.uint8Array({ minLength: 16, maxLength: 320 }), (cipher, octets) => {
      const whole = octets.slice(0, octets.length - (octets.length % cipher.blockOctets));
      expect(cipher.decrypt(cipher.encrypt(whole))).toEqual(whole);
    }),
  );
});
