import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { milenage, opcOf } from '../../telecom/milenage.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { Secret } from '../../telecom/secret.ts';

interface PublishedSet {
  readonly set: number;
  readonly k: string;
  readonly op: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly expect: Readonly<Record<'opc' | 'mac_a' | 'mac_s' | 'res' | 'ck' | 'ik' | 'ak' | 'ak_star', string>>;
  readonly derived: { readonly autn: string; readonly auts_if_sqn_ms_equals_sqn_and_amf_0000: string };
}

const FILE = join(__dirname, '../vectors/milenage-35208.json');
const { sets } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly sets: readonly PublishedSet[] };

const secret = (hex: string) => Secret.of(fromHex(hex, 'key'));
const subscriberOf = (set: PublishedSet) => ({
  functions: milenage({ k: secret(set.k), opc: secret(set.expect.opc) }),
  challenge: { rand: fromHex(set.rand, 'RAND'), sqn: fromHex(set.sqn, 'SQN'), amf: fromHex(set.amf, 'AMF') },
});
const flipped = (octets: Uint8Array, index: number) => octets.map((octet, at) => (at === index ? octet ^ 1 : octet));

for (const set of sets) {
  test(`computes every value of test set ${String(set.set)} of 3GPP TS 35.208`, () => {
    const { functions, challenge } = subscriberOf(set);
    const { res, ck, ik, ak } = functions.f2345(challenge.rand);
    expect({
      opc: toHex(opcOf(secret(set.k), secret(set.op)).reveal()),
      mac_a: toHex(functions.f1(challenge)),
      mac_s: toHex(functions.f1Star(challenge)),
      res: toHex(res),
      ck: toHex(ck.reveal()),
      ik: toHex(ik.reveal()),
      ak: toHex(ak),
      ak_star: toHex(functions.f5Star(challenge.rand)),
    }).toEqual(set.expect);
  });

  test(`makes and opens the tokens of test set ${String(set.set)}`, () => {
    const { functions, challenge } = subscriberOf(set);
    const autn = functions.autn(challenge);
    const auts = functions.auts(challenge);
    expect(toHex(autn)).toBe(set.derived.autn);
    expect(toHex(auts)).toBe(set.derived.auts_if_sqn_ms_equals_sqn_and_amf_0000);
    expect(functions.openAutn(challenge.rand, autn)).toEqual({ sqn: challenge.sqn, amf: challenge.amf });
    expect(functions.openAuts(challenge.rand, auts)).toEqual(challenge.sqn);
  });
}

test('the published file has the 19 different test sets', () => {
  expect(new Set(sets.map(({ k }) => k)).size).toBe(19);
});

test('refuses a token in which any octet was changed', () => {
  for (const set of sets.slice(0, 1)) {
    const { functions, challenge } = subscriberOf(set);
    const autn = functions.autn(challenge);
    const auts = functions.auts(challenge);
    for (const index of autn.keys()) expect(functions.openAutn(challenge.rand, flipped(autn, index))).toBeUndefined();
    for (const index of auts.keys()) expect(functions.openAuts(challenge.rand, flipped(auts, index))).toBeUndefined();
  }
});

test('names an input of a wrong length and never shows it', () => {
  const key = secret('465b5ce8b199b49faa5f0a2ee238a6');
  const whole = secret('cd63cb71954a9f4e48a5994e37a02baf');
  expect(() => milenage({ k: key, opc: whole })).toThrow(/^K is 16 octets, not 15$/);
  expect(() => milenage({ k: whole, opc: key })).toThrow(/^OPc is 16 octets, not 15$/);
  expect(() => opcOf(whole, key)).toThrow(/^OP is 16 octets, not 15$/);
  expect(() => milenage({ k: whole, opc: whole }).f2345(new Uint8Array(15))).toThrow(/^RAND is 16 octets/);
});
