import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { decodeChangeRequest, encodeChangeRequest } from '../../telecom/ota/change-request.ts';
import { decodeCommandPacket, encodeCommandPacket, peekCommandHeader } from '../../telecom/ota/command-packet.ts';
import { decodeCompactCommand } from '../../telecom/ota/compact-command.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeCpaCommand, encodeCpaCommand } from '../../telecom/ota/cpa-command.ts';
import {
  decodeExpandedCommand,
  decodeExpandedResponse,
  encodeExpandedCommand,
  encodeExpandedResponse,
} from '../../telecom/ota/expanded-format.ts';
import { decodeKic, decodeKid } from '../../telecom/ota/key-indication.ts';
import type { OtaKeys } from '../../telecom/ota/ota-keys.ts';
import type { PacketSecurity } from '../../telecom/ota/packet-security.ts';
import { decodeResponsePacket, encodeResponsePacket, type ResponsePacket } from '../../telecom/ota/response-packet.ts';
import { decodeResponseStatus } from '../../telecom/ota/response-status.ts';
import { REFRESH_UICC_RESET } from '../../telecom/ota/remote-file-script.ts';
import { decodeSpi, type Spi } from '../../telecom/ota/spi.ts';
import { Secret } from '../../telecom/secret.ts';
import { header, hex, keys, keysOf, spi1619 } from '../telecom/ota/packets.ts';
import type { FuzzTarget } from './target.ts';

const DATA = hex('00a40004023f0000b0000009');
const THREE_KEYS = keysOf(
  '0123456789abcdef23456789abcdef01456789abcdef0123',
  '89abcdef0123456789abcdef01234567ab89ef01cd234567',
);

interface Protection extends PacketSecurity {
  readonly name: string;
  readonly spi: Spi;
  readonly keys: OtaKeys;
}

const clear: Spi = { ...spi1619, ciphered: false, porCiphered: false };
const tripleDes = { algorithm: 'tripleDes3Key', kvn: 1 } as const;

/** Each way of protecting a packet that takes another path through the decoders. */
const PROTECTIONS: readonly Protection[] = [
  { name: 'AES', spi: spi1619, kic: header.kic, kid: header.kid, keys },
  { name: 'AES-4', spi: spi1619, kic: header.kic, kid: header.kid, keys, macLength: 4 },
  { name: '3DES', spi: spi1619, kic: tripleDes, kid: tripleDes, keys: THREE_KEYS },
  { name: 'signed', spi: clear, kic: header.kic, kid: header.kid, keys },
  {
    name: 'CRC32',
    spi: { ...clear, integrity: 'redundancyCheck', porIntegrity: 'redundancyCheck' },
    ...{ kic: header.kic, kid: { algorithm: 'crc32', kvn: 1 }, keys },
  },
  { name: 'bare', spi: { ...clear, integrity: 'none', porIntegrity: 'none' }, kic: header.kic, kid: header.kid, keys },
];

const answer = (protection: Protection): ResponsePacket => ({
  ...{ ...protection, tar: header.tar, cntr: header.cntr, status: 'porOk', data: hex('029000') },
});

/** A decoder is given packets of every protection, also of those that it does not expect. */
const COMMANDS = PROTECTIONS.map((protection) =>
  encodeCommandPacket({ ...protection, header: { ...header, ...protection }, data: DATA }),
);
const RESPONSES = PROTECTIONS.map((protection) => encodeResponsePacket(answer(protection)));

const eight = Secret.of(hex('3132333435363738'));
const sixteen = Secret.of(hex('000102030405060708090a0b0c0d0e0f'));
const subscription = { adminCode: eight, imsi: parseImsi('001010000000001'), k: sixteen, opc: sixteen };
const RESPONSE_APDUS = {
  executed: 2,
  responses: [
    { data: hex('08'), statusWord: hex('9000') },
    { data: new Uint8Array(0), statusWord: hex('6982') },
  ],
};

/** Secured packets, and what stands in them. */
export const OTA_TARGETS: readonly FuzzTarget[] = [
  ...PROTECTIONS.map(({ name, keys: known, macLength }) => ({
    name: `decodeCommandPacket ${name}`,
    decode: (octets: Uint8Array) => decodeCommandPacket(octets, known, { macLength }),
    seeds: COMMANDS,
  })),
  { name: 'peekCommandHeader', decode: peekCommandHeader, seeds: COMMANDS },
  ...PROTECTIONS.map((protection) => ({
    name: `decodeResponsePacket ${protection.name}`,
    decode: (octets: Uint8Array) => decodeResponsePacket(octets, protection),
    seeds: [...RESPONSES, ...RESPONSES.map((response) => response.slice(3))],
  })),
  { name: 'decodeSpi', decode: decodeSpi, seeds: [hex('1619'), hex('1239')] },
  { name: 'decodeKic', decode: ([octet = 0]) => decodeKic(octet), seeds: [hex('22')] },
  { name: 'decodeKid', decode: ([octet = 0]) => decodeKid(octet, 'redundancyCheck'), seeds: [hex('22')] },
  { name: 'decodeResponseStatus', decode: ([octet = 0]) => decodeResponseStatus(octet), seeds: [hex('00')] },
  { name: 'decodeCompactCommand', decode: decodeCompactCommand, seeds: [DATA, hex('0020000a083132333435363738')] },
  { name: 'decodeCompactResponse', decode: decodeCompactResponse, seeds: [hex('02900008')] },
  {
    name: 'decodeCpaCommand',
    decode: decodeCpaCommand,
    seeds: [encodeCpaCommand(subscription), encodeCpaCommand({ ...subscription, askUser: true })],
  },
  {
    name: 'decodeChangeRequest',
    decode: decodeChangeRequest,
    seeds: [encodeChangeRequest({ target: parsePlmn('00101') }), encodeChangeRequest({ target: parsePlmn('310150') })],
  },
  {
    name: 'decodeExpandedCommand',
    decode: decodeExpandedCommand,
    seeds: (['definite', 'indefinite'] as const).map((lengths) =>
      encodeExpandedCommand([hex('00200000083132333435363738'), DATA], {
        lengths,
        immediateAction: REFRESH_UICC_RESET,
      }),
    ),
  },
  {
    name: 'decodeExpandedResponse',
    decode: decodeExpandedResponse,
    seeds: (['definite', 'indefinite'] as const).map((lengths) =>
      encodeExpandedResponse({ lengths, ...RESPONSE_APDUS }),
    ),
  },
];
