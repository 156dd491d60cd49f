import { createHash } from 'node:crypto';
import { DecodeError } from '../../telecom/decode-error.ts';
import {
  decodeCommandPacket,
  peekCommandHeader,
  type ClearCommandHeader,
  type CommandHeader,
  type DecodedCommand,
} from '../../telecom/ota/command-packet.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { CardMemory } from './card-memory.ts';
import type { CardFact } from './facts.ts';
import type { KeySet } from './key-set.ts';

/** The highest counter means that the key set is blocked for ever (ETSI TS 102 225 §5.1.4). */
const BLOCKED_CNTR = 2 ** 40 - 1;
const DIGEST_DIGITS = 16;

/** A packet as the card's security lets it in, or not. */
export type OpenedPacket =
  | { readonly kind: 'command'; readonly header: CommandHeader; readonly data: Uint8Array; readonly fact: CardFact }
  | {
      readonly kind: 'refused';
      readonly header: CommandHeader;
      readonly status: ResponseStatus;
      readonly fact: CardFact;
      /** Whether its checksum was right; what the card signs, it signs only for those who have its keys. */
      readonly isAuthentic: boolean;
    };

type Refusal = Extract<OpenedPacket, { kind: 'refused' }>;

interface Guard {
  readonly memory: CardMemory;
  readonly keySet: KeySet;
  /** Whether the card has an application with this TAR. */
  readonly hasApplication: (tar: string) => boolean;
}

/** Checks application, security level, key set, ciphering, checksum and counter, in this order; throws DecodeError for no packet at all. */
export function openPacket(packet: Uint8Array, { memory, keySet, hasApplication }: Guard): OpenedPacket {
  const { iccid } = memory.factory;
  const clear = peekCommandHeader(packet);
  const refused = (status: ResponseStatus, header?: CommandHeader): Refusal => ({
    ...{ kind: 'refused', status, header: header ?? { ...clear, cntr: 0 }, isAuthentic: false },
    fact: { kind: 'packetRefused', iccid, status },
  });

  if (!hasApplication(clear.tar)) return refused('tarUnknown');
  if (!isSecureEnough(clear)) return refused('insufficientSecurity');
  if (!isMadeFor(keySet, clear)) return refused('securityError');

  const command = decoded(packet, keySet);
  if (command === undefined) return refused('cipheringError');
  const { header, data, integrityOk } = command;
  if (!integrityOk) return refused('integrityFailed', header);

  const { kvn } = keySet;
  const { cntr } = header;
  const digest = createHash('sha256').update(packet).digest('hex').slice(0, DIGEST_DIGITS);
  const highest = memory.counter(kvn);
  const answeredFor = (status: ResponseStatus): Refusal => ({ ...refused(status, header), isAuthentic: true });
  if (highest >= BLOCKED_CNTR) return answeredFor('cntrBlocked');
  if (cntr <= highest) return { ...answeredFor('cntrLow'), fact: { kind: 'replayRefused', iccid, cntr, digest } };
  if (header.spi.counter === 'mustBeNext' && cntr > highest + 1) return answeredFor('cntrHigh');
  // Consumed before the script runs: also a script that fails cannot be sent again (ETSI TS 102 225 §5.1.4).
  return { kind: 'command', header, data, fact: { kind: 'counterConsumed', iccid, kvn, cntr, digest } };
}

/** The minimum security level of every application: checksum, ciphering and a counter that is looked at (ETSI TS 102 226 §8.2.1.3.2.4). */
function isSecureEnough({ spi: { integrity, ciphered, counter } }: ClearCommandHeader): boolean {
  return integrity === 'cryptographicChecksum' && ciphered && (counter === 'mustBeHigher' || counter === 'mustBeNext');
}

/** Both keys come out of one set, and are used with the algorithm that they were made for. */
function isMadeFor({ kvn, algorithm }: KeySet, { kic, kid }: ClearCommandHeader): boolean {
  return [kic, kid].every((indication) => indication.kvn === kvn && indication.algorithm === algorithm);
}

function decoded(packet: Uint8Array, { keys, macLength }: KeySet): DecodedCommand | undefined {
  try {
    return decodeCommandPacket(packet, keys, { macLength });
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
