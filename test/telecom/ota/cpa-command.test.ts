import { inspect } from 'node:util';
import fc from 'fast-check';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import {
  CPA_DEFAULT_TAR,
  decodeCompactResponse,
  decodeCpaCommand,
  encodeCompactResponse,
  encodeCpaCommand,
  type CpaCommand,
} from '../../../telecom/ota/cpa-command.ts';
import { encodeCommandPacket } from '../../../telecom/ota/command-packet.ts';
import { segmentCommandPacket } from '../../../telecom/sms/segments.ts';
import { Secret } from '../../../telecom/secret.ts';
import { command as anyCommand, decodedOrRefused, hex } from './packets.ts';

const command: CpaCommand = {
  adminCode: Secret.of(hex('3132333435363738')),
  imsi: parseImsi('262011106487504'),
  k: Secret.of(hex('465b5ce8b199b49faa5f0a2ee238a6bc')),
  opc: Secret.of(hex('cd63cb71954a9f4e48a5994e37a02baf')),
};
const ENCODED =
  '80e2010039' +
  '81083132333435363738' +
  '8209082926101160845740' +
  '8310465b5ce8b199b49faa5f0a2ee238a6bc' +
  '8410cd63cb71954a9f4e48a5994e37a02baf';

test('the command is a STORE DATA with admin code, EF.IMSI, K and OPc in this order', () => {
  expect(toHex(encodeCpaCommand(command))).toBe(ENCODED);
});

test('the card application reads back what was written', () => {
  const decoded = decodeCpaCommand(hex(ENCODED));
  expect(decoded.imsi).toBe(command.imsi);
  for (const secret of ['adminCode', 'k', 'opc'] as const)
    expect(decoded[secret].reveal()).toEqual(command[secret].reveal());
});

test('a command that has the user asked ends with 85 01 01, and still fits one SMS', () => {
  const asking = { ...command, askUser: true };
  expect(toHex(encodeCpaCommand(asking))).toBe(`${ENCODED.replace('0039', '003c')}850101`);
  expect(decodeCpaCommand(encodeCpaCommand(asking)).askUser).toBe(true);
  expect(decodeCpaCommand(hex(ENCODED)).askUser).toBeUndefined();
  expect(decodedOrRefused(() => decodeCpaCommand(hex(`${ENCODED.replace('0039', '003c')}850102`)))).toBeUndefined();
  const packet = encodeCommandPacket({ ...anyCommand, data: encodeCpaCommand(asking) });
  expect(segmentCommandPacket(packet, { reference: 1 })).toHaveLength(1);
});

test('the whole subscription fits one SMS, signed and ciphered', () => {
  const packet = encodeCommandPacket({ ...anyCommand, data: encodeCpaCommand(command) });
  expect(segmentCommandPacket(packet, { reference: 1 })).toHaveLength(1);
});

test('neither the command nor its decoded form shows a key when printed', () => {
  expect(inspect([command, decodeCpaCommand(hex(ENCODED))], { depth: 9 })).not.toMatch(
    /465b|cd63|3132|70, 91|205, 99/i,
  );
  expect(JSON.stringify(command)).toBe(
    '{"adminCode":"[secret]","imsi":"262011106487504","k":"[secret]","opc":"[secret]"}',
  );
});

test('a secret of a wrong length is refused without being shown', () => {
  const short = Secret.of(hex('465b5ce8'));
  for (const wrong of [{ adminCode: short }, { k: short }, { opc: short }]) {
    expect(() => encodeCpaCommand({ ...command, ...wrong })).toThrow(
      /^a field of the card application's command is (8|16) octets$/,
    );
  }
});

test('every octet that frames the command is checked', () => {
  const framing = [0, 1, 2, 3, 4, 5, 6, 15, 16, 26, 27, 44, 45];
  for (const at of framing) {
    const octets = hex(ENCODED);
    expect(decodedOrRefused(() => decodeCpaCommand(octets.with(at, (octets[at] ?? 0) ^ 1)))).toBeUndefined();
  }
});

test('a command cut short or prolonged is refused', () => {
  const octets = hex(ENCODED);
  for (let length = 0; length < octets.length; length += 1) {
    expect(decodedOrRefused(() => decodeCpaCommand(octets.slice(0, length)))).toBeUndefined();
  }
  expect(decodedOrRefused(() => decodeCpaCommand(hex(`${ENCODED}00`)))).toBeUndefined();
  expect(decodedOrRefused(() => decodeCpaCommand(hex(`${ENCODED.replace('0039', '003a')}00`)))).toBeUndefined();
});

test('whatever the card application receives is a command or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(61), (octets, at) => {
      decodedOrRefused(() => decodeCpaCommand(octets));
      decodedOrRefused(() => decodeCpaCommand(Uint8Array.from([...hex(ENCODED).slice(0, at), ...octets])));
    }),
  );
});

test('the card application has its own TAR', () => {
  expect(CPA_DEFAULT_TAR).toBe('b00c0a');
});

test('an answer is the number of commands, the last status word and its data', () => {
  expect(toHex(encodeCompactResponse({ commands: 1, statusWord: '9000' }))).toBe('019000');
  expect(toHex(encodeCompactResponse({ commands: 2, statusWord: '63c2', data: hex('0a') }))).toBe('0263c20a');
  expect(decodeCompactResponse(hex('0263c20a'))).toEqual({ commands: 2, statusWord: '63c2', data: hex('0a') });
});

test('an answer without a whole status word is refused', () => {
  for (const answer of ['', '01', '0190'])
    expect(decodedOrRefused(() => decodeCompactResponse(hex(answer)))).toBeUndefined();
  expect(decodedOrRefused(() => encodeCompactResponse({ commands: 1, statusWord: '90' }))).toBeUndefined();
});
