import type { FactoryCard } from '../../simulators/support/cards-file.ts';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { encodeCommandPacket, type CommandHeader } from '../../telecom/ota/command-packet.ts';
import { CPA_DEFAULT_TAR, decodeCompactResponse, encodeCpaCommand } from '../../telecom/ota/cpa-command.ts';
import type { MacLength } from '../../telecom/ota/packet-security.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import type { Spi } from '../../telecom/ota/spi.ts';
import { Secret } from '../../telecom/secret.ts';
import { segmentCommandPacket, type Segmentation } from '../../telecom/sms/segments.ts';
import { seedOf } from './harness.ts';

export const SPI_1619: Spi = {
  counter: 'mustBeHigher',
  ciphered: true,
  integrity: 'cryptographicChecksum',
  por: 'always',
  porIntegrity: 'cryptographicChecksum',
  porCiphered: true,
  porBySubmit: false,
};

export interface PacketOptions {
  readonly imsi?: string;
  readonly cntr?: number;
  readonly spi?: Spi;
  readonly header?: Partial<CommandHeader>;
  readonly adminCode?: Secret<Uint8Array>;
  /** Whose OTA keys the packet is made with; the card's own unless given. */
  readonly keysOf?: FactoryCard;
  readonly data?: Uint8Array;
  readonly macLength?: MacLength;
  readonly segmentation?: Partial<Segmentation>;
}

const TARGET_IMSI = '001029000000001';

/** User data of the one message that gives a card a subscription of operator 2. */
export function swapMessage(card: FactoryCard, options: PacketOptions = {}): Uint8Array {
  const [message] = swapMessages(card, options);
  if (message === undefined) throw new Error('a packet has at least one message');
  return message;
}

export function swapMessages(card: FactoryCard, options: PacketOptions = {}): Uint8Array[] {
  const imsi = parseImsi(options.imsi ?? TARGET_IMSI);
  const adminCode = options.adminCode ?? card.adminCode;
  const header: CommandHeader = {
    spi: options.spi ?? SPI_1619,
    kic: { algorithm: 'aes', kvn: card.kvn },
    kid: { algorithm: 'aes', kvn: card.kvn },
    tar: CPA_DEFAULT_TAR,
    cntr: options.cntr ?? 1,
    ...options.header,
  };
  const data = options.data ?? encodeCpaCommand({ adminCode, imsi, ...subscriberKeys(seedOf('operator-2'), imsi) });
  const { macLength, segmentation } = options;
  const packet = encodeCommandPacket({ header, data, keys: (options.keysOf ?? card).keys, macLength });
  return segmentCommandPacket(packet, { reference: 7, ...segmentation });
}

/** The proof of receipt as the sender of the packet reads it. */
export function proofOf(card: FactoryCard, userData: Uint8Array | undefined): DecodedResponse {
  if (userData === undefined) throw new Error('the card did not answer');
  const { kvn, keys } = card;
  return decodeResponsePacket(userData, {
    spi: SPI_1619,
    kic: { algorithm: 'aes', kvn },
    kid: { algorithm: 'aes', kvn },
    keys,
  });
}

export function statusWordOf(card: FactoryCard, userData: Uint8Array | undefined): string {
  return decodeCompactResponse(proofOf(card, userData).data).statusWord;
}

export const asHex = toHex;
export const anAdminCode = (): Secret<Uint8Array> => Secret.of(fromHex('0123456789abcdef', 'admin code'));
