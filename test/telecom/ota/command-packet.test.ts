import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import {
  decodeCommandPacket,
  encodeCommandPacket,
  peekCommandHeader,
  type CommandPacket,
} from '../../../telecom/ota/command-packet.ts';
import { decodeKic, decodeKid, type KidIndication } from '../../../telecom/ota/key-indication.ts';
import { decodeSpi } from '../../../telecom/ota/spi.ts';
import { Secret } from '../../../telecom/secret.ts';
import { command, decodedOrRefused, header, hex, keys, keysOf, KIC_KEY, KID_KEY, withBitFlipped } from './packets.ts';
import { refusal } from '../refusal.ts';

interface PublishedCommand {
  readonly name: string;
  readonly spi: string;
  readonly kic_octet: string;
  readonly kid_octet: string;
  readonly tar: string;
  readonly cntr: number;
  readonly mac_length: 4 | 8;
  readonly kic: string;
  readonly kid: string;
  readonly secured_data: string;
  readonly expected_command_packet: string;
  readonly refused?: string;
}

const FILE = join(__dirname, '../../vectors/gsm0348-commands.json');
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly vectors: readonly PublishedCommand[] };

function packetOf(vector: PublishedCommand): CommandPacket {
  const spi = decodeSpi(hex(vector.spi));
  const kic = decodeKic(Number.parseInt(vector.kic_octet, 16));
  const kid = decodeKid(Number.parseInt(vector.kid_octet, 16), spi.integrity);
  return {
    header: { spi, kic, kid, tar: parseTar(vector.tar), cntr: vector.cntr },
    data: hex(vector.secured_data),
    keys: keysOf(vector.kic, vector.kid),
    macLength: vector.mac_length,
  };
}

for (const vector of vectors.filter(({ refused }) => refused === undefined)) {
  test(`builds and opens the published packet ${vector.name}`, () => {
    const packet = packetOf(vector);
    const octets = hex(vector.expected_command_packet);
    expect(toHex(encodeCommandPacket(packet))).toBe(vector.expected_command_packet);
    expect(decodeCommandPacket(octets, packet.keys, packet)).toEqual({
      header: packet.header,
      data: packet.data,
      integrityOk: true,
    });
  });
}

for (const vector of vectors.filter(({ refused }) => refused !== undefined)) {
  test(`refuses single DES by name, in both directions: ${vector.name}`, () => {
    const packet = packetOf(vector);
    const refused = refusal(vector.refused ?? '');
    expect(() => encodeCommandPacket(packet)).toThrow(refused);
    expect(() => encodeCommandPacket(packet)).toThrow(/single DES \((CBC|ECB)\) is refused/);
    expect(() => decodeCommandPacket(hex(vector.expected_command_packet), packet.keys)).toThrow(refused);
  });
}

const redundancyChecked = (algorithm: KidIndication['algorithm']): CommandPacket => ({
  header: {
    spi: decodeSpi(hex('1101')),
    kic: { algorithm: 'implicit', kvn: 0 },
    kid: { algorithm, kvn: 1 },
    tar: parseTar('b00011'),
    cntr: 7,
  },
  data: hex('00a40004023f00'),
  keys,
});

test.each([
  ['crc16', '00170f11010011b00011000000000700056c00a40004023f00'],
  ['crc32', '00191111010015b000110000000007007432fa4400a40004023f00'],
] as const)('protects a clear packet with %s as computed by another program', (algorithm, packet) => {
  expect(toHex(encodeCommandPacket(redundancyChecked(algorithm)))).toBe(packet);
  expect(decodeCommandPacket(hex(packet), keys).integrityOk).toBe(true);
});

test('the largest counter is carried whole, and a larger one is refused', () => {
  const largest = { ...command, header: { ...header, cntr: 0xff_ffff_ffff } };
  expect(decodeCommandPacket(encodeCommandPacket(largest), keys).header.cntr).toBe(0xff_ffff_ffff);
  for (const cntr of [0x100_0000_0000, -1, 0.5]) {
    expect(() => encodeCommandPacket({ ...command, header: { ...header, cntr } })).toThrow(RangeError);
  }
});

test('a card can choose its keys by what is never ciphered', () => {
  const { cntr, ...clear } = header;
  expect(cntr).toBe(42);
  expect(peekCommandHeader(encodeCommandPacket(command))).toEqual(clear);
});

test('a packet under other keys is opened as not intact and never throws', () => {
  const packet = encodeCommandPacket(command);
  for (const other of [keysOf(KIC_KEY, KIC_KEY), keysOf(KID_KEY, KID_KEY), keysOf(KID_KEY, KIC_KEY)]) {
    expect(decodeCommandPacket(packet, other).integrityOk).toBe(false);
  }
});

test('a checksum of another length than the profile says is refused', () => {
  const short = encodeCommandPacket({ ...command, macLength: 4 });
  expect(() => decodeCommandPacket(short, keys)).toThrow(refusal('CHL'));
  expect(decodeCommandPacket(short, keys, { macLength: 4 }).integrityOk).toBe(true);
});

const unusable: readonly [what: string, packet: CommandPacket, field: string][] = [
  ['a key that is too short', { ...command, keys: keysOf('001122', KID_KEY) }, 'KIc'],
  ['a checksum key that is too long', { ...command, keys: keysOf(KIC_KEY, `${KID_KEY}00`) }, 'KID'],
  ['an implicit cipher', { ...command, header: { ...header, kic: { algorithm: 'implicit', kvn: 0 } } }, 'KIc'],
  ['a proprietary cipher', { ...command, header: { ...header, kic: { algorithm: 'proprietary', kvn: 1 } } }, 'KIc'],
  ['a redundancy check of AES', redundancyChecked('aes'), 'KID'],
  ['a proprietary redundancy check', redundancyChecked('proprietary'), 'KID'],
  ['a digital signature', { ...command, header: { ...header, spi: decodeSpi(hex('0719')) } }, 'SPI'],
];

for (const [what, packet, field] of unusable) {
  test(`refuses ${what} by the field ${field}, without a key in the message`, () => {
    const refused = refusal(field);
    expect(() => encodeCommandPacket(packet)).toThrow(refused);
    expect(() => encodeCommandPacket(packet)).not.toThrow(/0112|2001|2011/);
  });
}

const anyPacket = fc.record({
  header: fc.record({
    spi: fc
      .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 63 }))
      .filter(([first, second]) => (first & 3) !== 3 && (second & 3) !== 3)
      .map((octets) => decodeSpi(Uint8Array.from(octets))),
    kic: fc.constantFrom(header.kic, { algorithm: 'tripleDes2Key', kvn: 3 } as const),
    kid: fc.constant({ algorithm: 'tripleDes2Key', kvn: 3 } as const),
    tar: fc.stringMatching(/^[0-9a-f]{6}$/).map(parseTar),
    cntr: fc.integer({ min: 0, max: 0xff_ffff_ffff }),
  }),
  data: fc.uint8Array({ maxLength: 300 }),
  macLength: fc.constantFrom(4 as const, 8 as const),
});

test('every packet is opened as it was built', () => {
  fc.assert(
    fc.property(anyPacket, ({ header: { spi, kid, ...rest }, ...packet }) => {
      const isRedundancyCheck = spi.integrity === 'redundancyCheck';
      const whole = { spi, kid: isRedundancyCheck ? ({ algorithm: 'crc32', kvn: 3 } as const) : kid, ...rest };
      const octets = encodeCommandPacket({ header: whole, ...packet, keys });
      expect(decodeCommandPacket(octets, keys, packet)).toEqual({
        header: whole,
        data: packet.data,
        integrityOk: true,
      });
    }),
  );
});

test('no damage to a signed packet goes unnoticed, whichever bit it is', () => {
  for (const spi of ['1619', '1209']) {
    const packet = encodeCommandPacket({ ...command, header: { ...header, spi: decodeSpi(hex(spi)) } });
    for (let bit = 0; bit < packet.length * 8; bit += 1) {
      const decoded = decodedOrRefused(() => decodeCommandPacket(withBitFlipped(packet, bit), keys));
      // A damaged SPI may ask for no check at all: a card has to compare it with its minimum security level.
      const isProtected = decoded?.header.spi.integrity === 'cryptographicChecksum';
      expect(isProtected && decoded.integrityOk).toBe(false);
    }
  }
});

test('a packet cut short or prolonged is refused', () => {
  const packet = encodeCommandPacket(command);
  for (let length = 0; length < packet.length; length += 1) {
    expect(decodedOrRefused(() => decodeCommandPacket(packet.slice(0, length), keys))).toBeUndefined();
  }
  expect(decodedOrRefused(() => decodeCommandPacket(Uint8Array.from([...packet, 0]), keys))).toBeUndefined();
});

test('whatever arrives is decoded or is a DecodeError', () => {
  const packet = encodeCommandPacket(command);
  const clear = encodeCommandPacket({ ...command, header: { ...header, spi: decodeSpi(hex('0000')) } });
  const damaged = fc
    .tuple(fc.constantFrom(packet, clear), fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 }))
    .map(([octets, changes]) =>
      changes.reduce((changed, [at, value]) => changed.with(at % octets.length, value), octets),
    );
  const framed = fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.from([0, rest.length, ...rest]));
  const empty = { kic: Secret.of(new Uint8Array(0)), kid: Secret.of(new Uint8Array(0)) };
  fc.assert(
    fc.property(fc.oneof(damaged, framed, fc.uint8Array()), fc.constantFrom(keys, empty), (octets, someKeys) => {
      decodedOrRefused(() => decodeCommandPacket(octets, someKeys));
      decodedOrRefused(() => peekCommandHeader(octets));
    }),
    { numRuns: 5000 },
  );
});
