import { parseJson } from '../../telecom/json.ts';

const KEY = 'a11c0de1122334455667788990011223344556677889900aabbccddeeff0011';

test('JSON is read', () => {
  expect(parseJson('{"a": [1]}')).toEqual({ a: [1] });
});

test.each([
  ['{"a" 1}', 'is no JSON: the fault is at position 5'],
  ['[1 2]', 'is no JSON: the fault is at position 3'],
  ['', 'is no JSON: it ends too early'],
])('of a text that is none, %j, the position is told', (text, told) => {
  expect(() => parseJson(text)).toThrow(
    expect.objectContaining({ name: 'DecodeError', field: 'JSON', message: told }) as Error,
  );
});

test.each(
  Array.from('0123456789abcdef').flatMap((first) => [`${first}${KEY}`, `{"kic": ${first}${KEY}}`, `"${first}${KEY}`]),
)('no part of a key that stands where JSON is expected is repeated: %s', (text) => {
  expect(() => parseJson(text)).toThrow(/^is no JSON(: the fault is at position \d{1,2}|: it ends too early)?$/);
});

test('a text that looks like the message of the parser gives no position', () => {
  expect(() => parseJson('xJSON at position 77')).toThrow(/^is no JSON$/);
});
