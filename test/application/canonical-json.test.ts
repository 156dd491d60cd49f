import { canonicalJson } from '../../application/canonical-json.ts';

test('canonical JSON writes the example of RFC 8785 §3.2.2 as that says', () => {
  const text = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;
  expect(canonicalJson(JSON.parse(text))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('canonical JSON sorts members as RFC 8785 §3.2.3 does: by UTF-16 code units', () => {
  const text = String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`;
  const values = [...canonicalJson(JSON.parse(text)).matchAll(/:(\d)/g)].map(([, value]) => value);
  expect(values.join('')).toBe('2467153');
});

test('canonical JSON of two values with the same members in another order is the same', () => {
  expect(canonicalJson({ one: [{ a: 1, b: 2 }], two: {} })).toBe(canonicalJson({ two: {}, one: [{ b: 2, a: 1 }] }));
});
