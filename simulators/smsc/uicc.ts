import { timingSafeEqual } from 'node:crypto';
import { DecodeError } from '../../telecom/decode-error.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { milenage } from '../../telecom/milenage.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import type { UsimAnswer } from '../serving-node/usim.ts';
import {
  decodeCommandPacket,
  peekCommandHeader,
  type ClearCommandHeader,
  type CommandHeader,
  type DecodedCommand,
} from '../../telecom/ota/command-packet.ts';
import {
  CPA_DEFAULT_TAR,
  decodeCpaCommand,
  encodeCompactResponse,
  type CpaCommand,
} from '../../telecom/ota/cpa-command.ts';
import { encodeResponsePacket } from '../../telecom/ota/response-packet.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { Spi } from '../../telecom/ota/spi.ts';
import { parseUserDataHeader, reassemble } from '../../telecom/sms/segments.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import type { SubscriberKeys } from '../support/subscriber-keys.ts';
import type { CardFact } from './facts.ts';
import type { KeyVault } from './key-vault.ts';

const ADMIN_CODE_TRIES = 3;
/** The highest counter means that the key set is blocked for ever (ETSI TS 102 225 §5.1.4). */
const BLOCKED_CNTR = 2 ** 40 - 1;
const SQN_OCTETS = 6;

const STATUS_WORD = { ok: '9000', wrongData: '6a80', blocked: '6983' } as const;

/** What a message did to the card, and the user data of its proof of receipt, if the SPI asked for one. */
export interface CardOutcome {
  readonly facts: readonly CardFact[];
  readonly response?: Uint8Array;
}

/** How a fault plan bends this card. */
export interface CardFaults {
  readonly hasOtherAdminCode: boolean;
  readonly unsignedPor: boolean;
}

interface UiccOptions {
  readonly factory: FactoryCard;
  readonly keys: SubscriberKeys;
  readonly vault: KeyVault;
}

/**
 * A card with one application that takes the command of `telecom/ota/cpa-command.ts`. `receive` decides and changes
 * nothing; the card changes when the facts are applied, which is after they are durable: a power cut tears nothing.
 */
export class Uicc {
  readonly #factory: FactoryCard;
  readonly #vault: KeyVault;
  readonly #counters = new Map<number, number>();
  #imsi: Imsi;
  #keys: SubscriberKeys;
  #triesLeft = ADMIN_CODE_TRIES;
  #highestSqn = 0;
  /** Parts of a message whose other parts did not come yet; lost with the power, as on a real card. */
  #parts: Uint8Array[] = [];

  constructor({ factory, keys, vault }: UiccOptions) {
    this.#factory = factory;
    this.#vault = vault;
    this.#imsi = factory.imsi;
    this.#keys = keys;
  }

  get imsi(): Imsi {
    return this.#imsi;
  }

  apply(fact: CardFact): void {
    switch (fact.kind) {
      case 'counterConsumed':
        this.#counters.set(fact.kvn, fact.cntr);
        return;
      case 'adminCodeRefused':
        this.#triesLeft = fact.triesLeft;
        return;
      case 'cardUpdated':
        this.#imsi = fact.imsi;
        this.#keys = this.#vault.open(fact.imsi, fact.sealedKeys);
        this.#triesLeft = ADMIN_CODE_TRIES;
        this.#highestSqn = 0;
        return;
      case 'replayRefused':
      case 'packetRefused':
        return;
    }
  }

  /** Answers a challenge of the network; one that is not newer than the last is answered with the card's own SQN (3GPP TS 33.102 §6.3.3). */
  authenticate(rand: Uint8Array, autn: Uint8Array): UsimAnswer {
    const algorithm = milenage(this.#keys);
    const opened = algorithm.openAutn(rand, autn);
    if (opened === undefined) return { kind: 'macFailure' };
    const sqn = new OctetReader(opened.sqn, { clause: '3GPP TS 33.102 §6.3' }).readUint(SQN_OCTETS, 'SQN');
    if (sqn <= this.#highestSqn) {
      const own = new OctetWriter().appendUint(this.#highestSqn, SQN_OCTETS).toOctets();
      return { kind: 'synchronisationFailure', auts: algorithm.auts({ rand, sqn: own }) };
    }
    this.#highestSqn = sqn;
    return { kind: 'res', res: algorithm.f2345(rand).res };
  }

  /** Takes the user data of one SMS-PP download. */
  receive(userData: Uint8Array, faults: CardFaults): CardOutcome {
    try {
      const packet = this.#whole(userData);
      return packet === undefined ? { facts: [] } : this.#process(packet, faults);
    } catch (cause) {
      // A packet without readable header: nothing says whether and how to answer it.
      if (cause instanceof DecodeError) return { facts: [this.#refused('securityError')] };
      throw cause;
    }
  }

  #whole(userData: Uint8Array): Uint8Array | undefined {
    const { concatenation } = parseUserDataHeader(userData);
    const [earlier] = this.#parts;
    const goesOn =
      earlier !== undefined &&
      concatenation !== undefined &&
      parseUserDataHeader(earlier).concatenation?.reference === concatenation.reference;
    const parts = goesOn ? [...this.#parts, userData] : [userData];
    this.#parts = [];
    const packet = reassemble(parts);
    if (packet === undefined) this.#parts = parts;
    else if (!parts.some((part) => parseUserDataHeader(part).kind === 'commandPacket')) {
      throw new DecodeError({
        field: 'UDH',
        clause: '3GPP TS 31.115 §4.2',
        problem: 'it does not announce a command packet',
      });
    }
    return packet;
  }

  #process(packet: Uint8Array, faults: CardFaults): CardOutcome {
    const clear = peekCommandHeader(packet);
    // A stranger's packet is answered without checksum: what the card signs, it signs only for those who have its keys.
    const refuse = (status: ResponseStatus, cntr = 0): CardOutcome =>
      this.#refusal(status, { header: { ...clear, cntr }, isSigned: false });

    if (clear.tar !== CPA_DEFAULT_TAR) return refuse('tarUnknown');
    if (!isSecureEnough(clear.spi)) return refuse('insufficientSecurity');
    const { kvn } = this.#factory;
    if (clear.kic.kvn !== kvn || clear.kid.kvn !== kvn) return refuse('securityError');

    const command = this.#decoded(packet);
    if (command === undefined) return refuse('cipheringError');
    const { header, data, integrityOk } = command;
    if (!integrityOk) return refuse('integrityFailed', header.cntr);

    const { cntr } = header;
    const isSigned = !faults.unsignedPor;
    const highest = this.#counters.get(kvn) ?? 0;
    if (highest >= BLOCKED_CNTR) return this.#refusal('cntrBlocked', { header, isSigned });
    if (cntr <= highest) {
      const { response } = this.#refusal('cntrLow', { header, isSigned });
      return { facts: [{ kind: 'replayRefused', iccid: this.#factory.iccid, cntr }], ...(response && { response }) };
    }
    if (header.spi.counter === 'mustBeNext' && cntr > highest + 1)
      return this.#refusal('cntrHigh', { header, isSigned });

    // Consumed before the script runs: also a script that fails cannot be sent again (ETSI TS 102 225 §5.1.4).
    const { facts, statusWord } = this.#execute(data, faults);
    const consumed: CardFact = { kind: 'counterConsumed', iccid: this.#factory.iccid, kvn, cntr };
    const answer = encodeCompactResponse({ commands: 1, statusWord });
    const response = this.#response({ header, status: 'porOk', data: answer, isSigned });
    return { facts: [consumed, ...facts], ...(response && { response }) };
  }

  #decoded(packet: Uint8Array): DecodedCommand | undefined {
    try {
      return decodeCommandPacket(packet, this.#factory.keys);
    } catch (cause) {
      if (cause instanceof DecodeError) return undefined;
      throw cause;
    }
  }

  /** The application's one command: compares the admin code, then replaces the whole subscription. */
  #execute(data: Uint8Array, { hasOtherAdminCode }: CardFaults): { facts: CardFact[]; statusWord: string } {
    const command = readCommand(data);
    if (command === undefined) return { facts: [], statusWord: STATUS_WORD.wrongData };
    if (this.#triesLeft === 0) return { facts: [], statusWord: STATUS_WORD.blocked };
    const { iccid, adminCode } = this.#factory;
    if (hasOtherAdminCode || !timingSafeEqual(command.adminCode.reveal(), adminCode.reveal())) {
      const triesLeft = this.#triesLeft - 1;
      return { facts: [{ kind: 'adminCodeRefused', iccid, triesLeft }], statusWord: `63c${String(triesLeft)}` };
    }
    const { imsi, k, opc } = command;
    const sealedKeys = this.#vault.seal(imsi, { k, opc });
    return { facts: [{ kind: 'cardUpdated', iccid, imsi, sealedKeys }], statusWord: STATUS_WORD.ok };
  }

  #refused(status: ResponseStatus): CardFact {
    return { kind: 'packetRefused', iccid: this.#factory.iccid, status };
  }

  #refusal(status: ResponseStatus, { header, isSigned }: Refusal): CardOutcome {
    const response = this.#response({ header, status, data: new Uint8Array(0), isSigned });
    return { facts: [this.#refused(status)], ...(response && { response }) };
  }

  #response({ header, status, data, isSigned }: Answer): Uint8Array | undefined {
    const { kic, kid, tar, cntr, spi } = header;
    if (spi.por === 'never' || (spi.por === 'onError' && status === 'porOk')) return undefined;
    const protection: Spi = isSigned ? spi : { ...spi, porIntegrity: 'none', porCiphered: false };
    return encodeResponsePacket({ spi: protection, kic, kid, keys: this.#factory.keys, tar, cntr, status, data });
  }
}

interface Refusal {
  readonly header: CommandHeader;
  readonly isSigned: boolean;
}

interface Answer {
  readonly header: CommandHeader;
  readonly status: ResponseStatus;
  readonly data: Uint8Array;
  readonly isSigned: boolean;
}

/** The application's minimum security level: checksum, ciphering and a counter that is looked at (ETSI TS 102 226 §8.2.1.3.2.4). */
function isSecureEnough({ integrity, ciphered, counter }: ClearCommandHeader['spi']): boolean {
  return integrity === 'cryptographicChecksum' && ciphered && (counter === 'mustBeHigher' || counter === 'mustBeNext');
}

function readCommand(data: Uint8Array): CpaCommand | undefined {
  try {
    return decodeCpaCommand(data);
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
