import fc from 'fast-check';
import { toHex } from '../../../telecom/octets/hex.ts';
import { commandsOf, decodeCompactCommand, encodeCompactCommand } from '../../../telecom/ota/compact-command.ts';
import { decodeCommandApdu, encodeCommandApdu, type CommandApdu } from '../../../telecom/uicc/command-apdu.ts';
import { refusal } from '../refusal.ts';
import { hex } from './packets.ts';

const SELECT_MF: CommandApdu = { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x04, data: hex('3f00'), le: undefined };
const READ_9: CommandApdu = { cla: 0x00, ins: 0xb0, p1: 0x00, p2: 0x00, data: hex(''), le: 9 };

/** A command that asks only: what stands in the place of a length is what may come back, and no data follows. */
const outgoing = (name: string, ins: string): [string, string, CommandApdu[]][] => [
  [name, `00a40004023f0000${ins}000004`, [SELECT_MF, { ...READ_9, ins: Number.parseInt(ins, 16), le: 4 }]],
];

// As pySim's tests have them, and sysmocom's manual of its programmable cards.
test.each<[string, string, CommandApdu[]]>([
  ['one command', '00a40004023f00', [SELECT_MF]],
  ['one that asks for its answer', '00a40004023f0000', [{ ...SELECT_MF, le: 0 }]],
  ['two, of which the last only asks', '00a40004023f0000b0000009', [SELECT_MF, READ_9]],
  ['nothing', '', []],
  ...outgoing('READ RECORD', 'b2'),
  ...outgoing('STATUS', 'f2'),
  ...outgoing('GET DATA', 'ca'),
  ...outgoing('GET CHALLENGE', '84'),
  ...outgoing('MANAGE CHANNEL', '70'),
])('%s is written, and read back', (_what, octets, commands) => {
  expect(toHex(encodeCompactCommand(commands))).toBe(octets);
  expect(decodeCompactCommand(hex(octets))).toEqual(commands);
});

test('commands before one that is damaged are given, then the error', () => {
  const commands = commandsOf(hex('00a40004023f0000a40004023f'));
  expect(commands.next().value).toEqual(SELECT_MF);
  expect(() => commands.next()).toThrow(refusal('data'));
});

test.each([
  ['a header that is cut', '00a400', 'P2'],
  ['data that are cut', '00a40004023f', 'data'],
  ['a command behind an Le', '00a40004023f000000a40004', 'data'],
])('%s is refused', (_what, octets, field) => {
  expect(() => decodeCompactCommand(hex(octets))).toThrow(refusal(field));
});

test('octets behind a command that stands alone are refused', () => {
  expect(() => decodeCommandApdu(hex('00a40004023f000000'))).toThrow(refusal('command'));
  expect(() => decodeCommandApdu(hex('00b000000900'))).toThrow(refusal('command'));
});

test('what has no form is not written', () => {
  expect(() => encodeCompactCommand([READ_9, SELECT_MF])).toThrow(RangeError);
  expect(() => encodeCommandApdu({ ...SELECT_MF, data: new Uint8Array(256) })).toThrow(RangeError);
  expect(() => encodeCommandApdu({ ...READ_9, data: hex('00') })).toThrow(RangeError);
});

test('every command that is written is read back', () => {
  const octet = fc.nat(0xff);
  const command = fc.record({
    ...{ cla: octet, ins: fc.constantFrom(0x20, 0xa4, 0xd6, 0xdc, 0xe2), p1: octet, p2: octet },
    ...{ data: fc.uint8Array({ maxLength: 255 }).map((data) => new Uint8Array(data)), le: fc.constant(undefined) },
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 4 }), fc.option(octet, { nil: undefined }), (commands, le) => {
      const all = commands.map((one, index) => (index === commands.length - 1 ? { ...one, le } : one));
      expect(decodeCompactCommand(encodeCompactCommand(all))).toEqual(all);
      for (const one of all) expect(decodeCommandApdu(encodeCommandApdu(one))).toEqual(one);
    }),
  );
});
