import fc from 'fast-check';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import {
  CHANGE_REQUEST_SPI,
  CHANGE_REQUEST_TAR,
  decodeChangeRequest,
  encodeChangeRequest,
} from '../../../telecom/ota/change-request.ts';
import { CPA_DEFAULT_TAR } from '../../../telecom/ota/cpa-command.ts';
import { encodeSpi } from '../../../telecom/ota/spi.ts';
import { decodedOrRefused, hex } from './packets.ts';

test.each([
  ['00102', 'c10300f120'],
  ['310410', 'c103130014'],
])('the request to join %s is %s', (plmn, encoded) => {
  expect(toHex(encodeChangeRequest({ target: parsePlmn(plmn) }))).toBe(encoded);
  expect(decodeChangeRequest(hex(encoded))).toEqual({ target: plmn });
});

test.each(['', 'c1', 'c103ffffff', 'c10200f1', 'c203 00f120'.replace(' ', ''), 'c10300f12000', 'c10300f1a0'])(
  'refuses %j',
  (encoded) => {
    expect(decodedOrRefused(() => decodeChangeRequest(hex(encoded)))).toBeUndefined();
  },
);

test('a request is signed, ciphered and counted, asks for no answer, and goes to no application of the card', () => {
  expect(toHex(encodeSpi(CHANGE_REQUEST_SPI))).toBe('1600');
  expect(CHANGE_REQUEST_TAR).not.toBe(CPA_DEFAULT_TAR);
});

test('whatever comes is a request that encodes to the same octets, or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 6 }), (tail) => {
      const octets = Uint8Array.from([0xc1, 0x03, ...tail.slice(0, 3)]);
      for (const candidate of [tail, octets]) {
        const request = decodedOrRefused(() => decodeChangeRequest(candidate));
        if (request !== undefined) expect(encodeChangeRequest(request)).toEqual(candidate);
      }
    }),
  );
});
