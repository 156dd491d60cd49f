import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { IDENTITY_TAG, decodeCcm, encodeCcm, type CcmMessage } from '../../../telecom/gsup/ipa-ccm.ts';
import { decodeControl, encodeControl, type ControlMessage } from '../../../telecom/gsup/ipa-control.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame } from '../../../telecom/gsup/ipa-frames.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { refusal } from '../refusal.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');
const ascii = (text: string) => toHex(new Uint8Array(Buffer.from(text)));

describe('frames on a connection', () => {
  // The greeting of osmo-hlr 1.5.0, a ping, and its answer to an unknown IMSI.
  const stream = hex('0011fe0401080107010201030104010501010100 0001fe00 000fee0505010809910900000000f9020102');

  test('come out whole however the octets are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
        const frames = new IpaFrames();
        const edges = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
        const whole = edges.slice(1).flatMap((end, index) => frames.take(stream.subarray(edges[index], end)));
        expect(whole.map(({ protocol, payload }) => [protocol, toHex(payload)])).toEqual([
          [IPA_PROTOCOL.ccm, '0401080107010201030104010501010100'],
          [IPA_PROTOCOL.ccm, '00'],
          [IPA_PROTOCOL.osmo, '0505010809910900000000f9020102'],
        ]);
        expect(Buffer.concat(whole.map(encodeIpaFrame)).toString('hex')).toBe(toHex(stream));
      }),
    );
  });

  test('may be empty', () => {
    expect(new IpaFrames().take(hex('0000ee'))).toEqual([{ protocol: 0xee, payload: new Uint8Array(0) }]);
  });

  test('longer than their length field can say are not sent', () => {
    expect(() => encodeIpaFrame({ protocol: 0xee, payload: new Uint8Array(0x1_0000) })).toThrow(RangeError);
  });
});

describe('who is there', () => {
  const SERIAL = { tag: IDENTITY_TAG.serialNumber, value: 'MME-1' };
  const UNIT = { tag: IDENTITY_TAG.unitId, value: '0/0/0' };

  // As osmo-hlr 1.5.0 sent them, and took them.
  const vectors: readonly [octets: string, message: CcmMessage][] = [
    ['00', { kind: 'ping' }],
    ['01', { kind: 'pong' }],
    ['06', { kind: 'identityAck' }],
    ['04 0108 0107 0102 0103 0104 0105 0101 0100', { kind: 'identityRequest', tags: [8, 7, 2, 3, 4, 5, 1, 0] }],
    [
      `05 000708${ascii('0/0/0')}00 000700${ascii('MME-1')}00`,
      { kind: 'identityResponse', identities: [UNIT, SERIAL] },
    ],
  ];

  test.each(vectors)('%s', (octets, message) => {
    expect(toHex(encodeCcm(message))).toBe(octets.replaceAll(' ', ''));
    expect(decodeCcm(hex(octets))).toEqual(message);
  });

  test('a name without its closing zero is read all the same', () => {
    expect(decodeCcm(hex(`05 000600${ascii('MME-1')}`))).toEqual({ kind: 'identityResponse', identities: [SERIAL] });
  });

  test.each([
    ['nothing', '', 'message type'],
    ['an unknown message', '77', 'message type'],
    ['a question that is cut', '04 01', 'tag'],
    ['a question about nothing', '04 00', 'tag'],
    ['an answer that is cut', '05 0007004d', 'identity'],
    ['an answer to nothing', '05 0000', 'tag'],
  ])('%s is refused', (_what, octets, field) => {
    expect(() => decodeCcm(hex(octets))).toThrow(refusal(field));
  });
});

describe('the control interface', () => {
  const vectors: readonly [text: string, message: ControlMessage][] = [
    [
      'SET 1 subscriber.create 901990000000001',
      { kind: 'set', id: '1', variable: 'subscriber.create', value: '901990000000001' },
    ],
    ['SET_REPLY 1 subscriber.create 1', { kind: 'setReply', id: '1', variable: 'subscriber.create', value: '1' }],
    [
      'GET 4 subscriber.by-imsi-901990000000001.info',
      { kind: 'get', id: '4', variable: 'subscriber.by-imsi-901990000000001.info' },
    ],
    [
      'GET_REPLY 4 subscriber.by-imsi-901990000000001.info \nid\t1\nimsi\t901990000000001',
      {
        kind: 'getReply',
        id: '4',
        variable: 'subscriber.by-imsi-901990000000001.info',
        value: '\nid\t1\nimsi\t901990000000001',
      },
    ],
    ['ERROR 2 No such subscriber.', { kind: 'error', id: '2', reason: 'No such subscriber.' }],
    ['ERROR err Command parser error.', { kind: 'error', id: 'err', reason: 'Command parser error.' }],
    ['TRAP 0 mslookup 1', { kind: 'trap', id: '0', variable: 'mslookup', value: '1' }],
  ];

  test.each(vectors)('%j', (text, message) => {
    expect(toHex(encodeControl(message))).toBe(`00${ascii(text)}`);
    expect(decodeControl(hex(`00${ascii(text)}`))).toEqual(message);
  });

  test('a reply as osmo-hlr 1.5.0 framed it', () => {
    const [frame] = new IpaFrames().take(hex('0020ee005345545f5245504c59203120737562736372696265722e6372656174652031'));
    expect(frame?.protocol).toBe(IPA_PROTOCOL.osmo);
    expect(decodeControl(frame?.payload ?? new Uint8Array(0))).toEqual({
      ...{ kind: 'setReply', id: '1', variable: 'subscriber.create', value: '1' },
    });
  });

  test.each([
    ['nothing', '', 'extension'],
    ['another protocol', '05', 'extension'],
    ['a text that is no command', `00${ascii('hello')}`, 'command'],
    ['an unknown command', `00${ascii('ASK 1 x')}`, 'command'],
    ['a command about nothing', `00${ascii('GET 1')}`, 'variable'],
  ])('%s is refused', (_what, octets, field) => {
    expect(() => decodeControl(hex(octets))).toThrow(refusal(field));
  });

  test('a second command cannot be smuggled in by a line break', () => {
    expect(() => encodeControl({ kind: 'set', id: '1', variable: 'subscriber.create', value: '1\n2' })).toThrow(
      RangeError,
    );
  });

  test('an error does not repeat a text that may hold keys', () => {
    const text = 'SAT 1 subscriber.aud3g milenage,465b5ce8b199b49faa5f0a2ee238a6bc';
    expect(() => decodeControl(hex(`00${ascii(text)}`))).toThrow(/^(?!.*465b5c)/);
  });
});

test.each([
  ['CCM', decodeCcm],
  ['control interface', decodeControl],
])('whatever the octets are, the decoder of the %s throws nothing but a DecodeError', (_name, decode) => {
  const kinds = fc.constantFrom('', '00', '04', '05', `00${ascii('SET 1 ')}`, `00${ascii('ERROR ')}`);
  fc.assert(
    fc.property(kinds, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
      try {
        decode(new Uint8Array(Buffer.concat([hex(start), rest])));
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
