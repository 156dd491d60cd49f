import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import {
  decodeExpandedCommand,
  decodeExpandedResponse,
  encodeExpandedCommand,
  encodeExpandedResponse,
  looksExpanded,
  type EncodableResponse,
} from '../../../telecom/ota/expanded-format.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');
const SELECT_MF = hex('00a40004023f00');

test('a script is AA, its length, and 22 with length around each command', () => {
  expect(toHex(encodeExpandedCommand([SELECT_MF, hex('00b0000009')]))).toBe('aa10220700a40004023f00220500b0000009');
});

test('a script of indefinite length is AE 80, the same commands, and 00 00', () => {
  expect(toHex(encodeExpandedCommand([SELECT_MF], { lengths: 'indefinite' }))).toBe('ae80220700a40004023f000000');
});

test('a length of 128 and more takes the long form', () => {
  expect(toHex(encodeExpandedCommand([new Uint8Array(130)])).slice(0, 12)).toBe('aa8185228182');
  expect(toHex(encodeExpandedCommand([new Uint8Array(300)])).slice(0, 16)).toBe('aa8201302282012c');
});

test('a response tells how many commands ran and what each was answered', () => {
  const { lengths, executed, responses, badFormat } = decodeExpandedResponse(
    hex('ab 0d 80 01 02 23 02 6132 23 04 abcd 9000'),
  );
  expect({ lengths, executed, badFormat }).toEqual({ lengths: 'definite', executed: 2, badFormat: undefined });
  expect(responses.map(({ data, statusWord }) => [toHex(data), toHex(statusWord)])).toEqual([
    ['', '6132'],
    ['abcd', '9000'],
  ]);
});

test('a response of indefinite length ends with 00 00', () => {
  expect(decodeExpandedResponse(hex('af80 800101 2302 9000 0000'))).toMatchObject({
    lengths: 'indefinite',
    executed: 1,
  });
});

test.each([
  ['01', 'unknownTag'],
  ['02', 'wrongLength'],
  ['03', 'lengthMissing'],
])('bad format %s is %s', (octet, name) => {
  expect(decodeExpandedResponse(hex(`ab 06 80 01 00 90 01 ${octet}`)).badFormat).toBe(name);
});

// pySim has the same octets in its tests.
test('a card says that it could not begin the immediate action', () => {
  expect(decodeExpandedResponse(hex('ab06 800101 810101'))).toMatchObject({ immediateAction: 'suspensionError' });
});

test.each([
  ['01', 'noPreviousScript'],
  ['02', 'notSupported'],
  ['03', 'unableToProcess'],
])('script chaining that failed with %s is %s', (octet, name) => {
  expect(decodeExpandedResponse(hex(`ab06 800101 8301${octet}`)).scriptChaining).toBe(name);
});

test('a value that is reserved today is told as such, and takes nothing from the answers beside it', () => {
  const { responses, immediateAction, scriptChaining } = decodeExpandedResponse(
    hex('ab0e 800101 23029000 810105 830207ff'),
  );
  expect({ answers: responses.length, immediateAction, scriptChaining }).toEqual({
    ...{ answers: 1, immediateAction: 'reserved', scriptChaining: 'reserved' },
  });
});

test.each<[string, Partial<EncodableResponse>]>([
  ['ab06 800101 900102', { badFormat: 'wrongLength' }],
  ['ab06 800101 810101', { immediateAction: 'suspensionError' }],
  ['ab06 800101 830103', { scriptChaining: 'unableToProcess' }],
  ['af80 900101 0000', { lengths: 'indefinite', executed: undefined, badFormat: 'unknownTag' }],
])('what went wrong beside the commands is written as %s', (octets, said) => {
  const encoded = encodeExpandedResponse({ lengths: 'definite', executed: 1, responses: [], ...said });
  expect(toHex(encoded)).toBe(octets.replaceAll(' ', ''));
  expect(decodeExpandedResponse(encoded)).toMatchObject(said);
});

test.each([
  ['another template', 'ac00', 'template'],
  ['a definite tag with an indefinite length', 'ab80 0000', 'length of template'],
  ['an indefinite tag with a length', 'af02 0000', 'length of template'],
  ['fewer octets than its length says', 'ab05 8001', 'template'],
  ['octets behind it', 'ab00 00', 'template'],
  ['an R-APDU without a status word', 'ab03 2301 90', 'R-APDU'],
  ['an object that is cut', 'ab02 2305', 'object'],
  ['a reserved bad format', 'ab03 9001 04', 'bad format'],
  ['no end of contents', 'af80 800101', 'tag of object'],
  ['an end of contents with a value', 'af80 000101', 'end of contents'],
  ['an object of indefinite length', 'ab02 2380', 'length of object'],
  ['a length of four octets', 'ab84 00000000', 'length of template'],
])('a response with %s is refused', (_what, octets, field) => {
  expect(() => decodeExpandedResponse(hex(octets))).toThrow(refusal(field));
});

test('an immediate action stands behind the commands as 81, and is read apart from them', () => {
  const refresh = hex('8103010104 82028182');
  const script = encodeExpandedCommand([SELECT_MF], { immediateAction: refresh });
  expect(toHex(script)).toBe('aa14220700a40004023f00810981030101048202 8182'.replace(' ', ''));
  expect(decodeExpandedCommand(script)).toEqual({
    lengths: 'definite',
    commands: [SELECT_MF],
    immediateActions: [refresh],
    errorActions: [],
    scriptChaining: undefined,
  });
});

test('script chaining comes first as 83, then the error action as 82, which is for the commands behind it', () => {
  const script = encodeExpandedCommand([SELECT_MF], {
    ...{ scriptChaining: hex('02'), errorAction: hex('01'), immediateAction: hex('81') },
  });
  expect(toHex(script)).toBe('aa12 830102 820101 220700a40004023f00 810181'.replaceAll(' ', ''));
  expect(decodeExpandedCommand(script)).toEqual({
    ...{ lengths: 'definite', commands: [SELECT_MF], immediateActions: [hex('81')], errorActions: [hex('01')] },
    scriptChaining: hex('02'),
  });
});

test('an error action without a value asks for none', () => {
  expect(decodeExpandedCommand(hex('aa02 8200')).errorActions).toEqual([hex('')]);
});

test('a script that says twice how it is chained is refused', () => {
  expect(() => decodeExpandedCommand(hex('aa06 830101 830102'))).toThrow(refusal('script chaining'));
});

test('a script with an object of another tag is refused', () => {
  expect(() => decodeExpandedCommand(hex('aa03 2301 00'))).toThrow(refusal('tag'));
});

const lengths = fc.constantFrom('definite' as const, 'indefinite' as const);
const octets = (max: number) => fc.uint8Array({ minLength: 0, maxLength: max });

test('every script that is encoded is decoded to the same commands', () => {
  fc.assert(
    fc.property(fc.array(octets(300), { maxLength: 6 }), lengths, (commands, form) => {
      const decoded = decodeExpandedCommand(encodeExpandedCommand(commands, { lengths: form }));
      expect(decoded.lengths).toBe(form);
      expect(decoded.commands.map(toHex)).toEqual(commands.map(toHex));
    }),
  );
});

test('every response that is encoded is decoded to the same answers, and is told from a compact one', () => {
  const answer = fc.record({ data: octets(40), statusWord: fc.uint8Array({ minLength: 2, maxLength: 2 }) });
  fc.assert(
    fc.property(
      fc.array(answer, { maxLength: 6 }),
      lengths,
      fc.integer({ min: 0, max: 65_535 }),
      (responses, form, executed) => {
        const encoded = encodeExpandedResponse({ lengths: form, executed, responses });
        const decoded = decodeExpandedResponse(encoded);
        expect(looksExpanded(encoded)).toBe(true);
        expect(decoded).toMatchObject({ lengths: form, executed });
        expect(decoded.responses.map((one) => [toHex(one.data), toHex(one.statusWord)])).toEqual(
          responses.map((one) => [toHex(one.data), toHex(one.statusWord)]),
        );
      },
    ),
  );
});

test('whatever the octets are, nothing but a DecodeError is thrown', () => {
  const nearly = fc
    .tuple(fc.constantFrom(0xaa, 0xae, 0xab, 0xaf), octets(60))
    .map(([tag, rest]) => Uint8Array.of(tag, ...rest));
  fc.assert(
    fc.property(fc.oneof(octets(60), nearly), (damaged) => {
      for (const decode of [decodeExpandedCommand, decodeExpandedResponse]) {
        try {
          decode(damaged);
        } catch (cause) {
          expect(cause).toBeInstanceOf(DecodeError);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
