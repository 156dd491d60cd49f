import { hex } from '../telecom/ota/packets.ts';
import { sourceFiles, sourceText } from '../support/imports.ts';
import { FUZZ_TARGETS } from './targets.ts';
import { underFire } from './under-fire.ts';

/** Functions that take octets or text from outside; those that take a reader are steps of these. */
const DECODER = /^export (?:function|const) ((?:decode|parse|peek|read|from)[A-Z]\w*)(?!\w|\(reader: OctetReader)/gm;
const STREAM = /^export class (\w+Frames)\b/gm;

const named = new Set(FUZZ_TARGETS.map(({ name }) => name.split(' ')[0]));

test('every decoder of telecom/ is under fire', () => {
  const decoders = sourceFiles('telecom').flatMap((file) =>
    [DECODER, STREAM].flatMap((pattern) => [...sourceText(file).matchAll(pattern)].map(([, name = '']) => name)),
  );
  expect(decoders.length).toBeGreaterThan(30);
  expect(decoders.filter((name) => !named.has(name))).toEqual([]);
});

test('a decoder that throws anything but a DecodeError is found, with an input that makes it', () => {
  const decode = (octets: Uint8Array): void => {
    if (octets.length > 2) throw new RangeError('out of bounds');
  };
  const { finding } = underFire({ name: 'broken', decode, seeds: [new Uint8Array(9)] }, { seed: 1, runs: 1000 });
  expect(finding?.thrown).toBe('RangeError: out of bounds');
  expect(() => {
    decode(hex(finding?.input ?? ''));
  }).toThrow(RangeError);
});

// The same with time to spare, and other inputs each time, is `npm run fuzz`.
describe.each(FUZZ_TARGETS)('$name', (target) => {
  test('throws nothing but a DecodeError, whatever the input', () => {
    const { accepted, finding } = underFire(target, { seed: 4, runs: 2000 });
    expect(finding).toBeUndefined();
    expect(accepted).toBeGreaterThan(0);
  });
});
