import { subscriberKeys } from '../../gateway/keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { Secret } from '../../telecom/secret.ts';

const keys = {
  master: Secret.of(new Uint8Array(32).map((_, index) => index)),
  op: Secret.of(Uint8Array.from(Buffer.from('cdc202d5123e20f62b6d676ac72cb318', 'hex'))),
};
const imsi = parseImsi('001029000000001');
const of = (generation: number, one = imsi) => {
  const { k, opc } = subscriberKeys(keys, { imsi: one, generation });
  return { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
};

// Computed by Python's hmac as RFC 5869 writes HKDF, and OPc = OP xor AES(K, OP) by OpenSSL (3GPP TS 35.206 §4.1).
test('K is HKDF of the master key, the IMSI and its life, and OPc follows from it', () => {
  expect(of(1)).toEqual({ k: '435328f84fe128c1c6cd0cc1b6ef57ea', opc: '5fda0fa285ad6e75c9453861983566fe' });
});

test('the same subscriber has the same keys at every start', () => {
  expect(of(1)).toEqual(of(1));
});

test('another life of the same IMSI, and another IMSI, have keys of their own', () => {
  const all = [of(1), of(2), of(1, parseImsi('001029000000002'))];
  expect(new Set(all.map(({ k }) => k)).size).toBe(3);
  expect(new Set(all.map(({ opc }) => opc)).size).toBe(3);
});
