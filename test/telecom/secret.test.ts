import { inspect } from 'node:util';
import { Secret } from '../../telecom/secret.ts';

const key = Secret.of('465b5ce8b199b49f');

test('a secret is given out by reveal', () => {
  expect(key.reveal()).toBe('465b5ce8b199b49f');
});

test('a secret prints, serialises and inspects as [secret], also inside other values', () => {
  expect(String(key)).toBe('[secret]');
  expect(JSON.stringify({ keys: [key] })).toBe('{"keys":["[secret]"]}');
  expect(inspect({ keys: { k: key } }, { depth: 5, showHidden: true })).toBe('{ keys: { k: [secret] } }');
});

test('a secret has no property that a copy or a serialiser could walk', () => {
  expect(Reflect.ownKeys(key)).toEqual([]);
  expect(Object.keys(Object.assign({}, key))).toEqual([]);
  expect(structuredClone(key)).toEqual({});
});

test('a secret cannot be made, or put where text is expected, without saying so', () => {
  const shown = (text: string) => text;
  // @ts-expect-error a Secret is not a string
  expect(shown(key)).not.toBe('465b5ce8b199b49f');
  // @ts-expect-error a Secret cannot be interpolated by functions that take text
  expect(['k is ', key].map(shown).join('')).toBe('k is [secret]');
  // @ts-expect-error a Secret of text is not a Secret of octets
  const octets: Secret<Uint8Array> = key;
  expect(octets).toBe(key);
});
