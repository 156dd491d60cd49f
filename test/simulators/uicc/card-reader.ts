import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTHING_WRONG, type CardConditions } from '../../../simulators/uicc/card-conditions.ts';
import type { CardFact } from '../../../simulators/uicc/facts.ts';
import { KeyVault } from '../../../simulators/support/key-vault.ts';
import {
  decodeProactiveCommand,
  encodeTerminalResponse,
  fetchCommand,
  getResponseCommand,
  type ProactiveCommand,
  type TerminalResponse,
} from '../../../simulators/uicc/proactive-commands.ts';
import { Uicc, type Exchange } from '../../../simulators/uicc/uicc.ts';
import type { UsimAnswer } from '../../../simulators/serving-node/usim.ts';
import type { FactoryCard } from '../../../simulators/support/cards-file.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { encodeDeliverTpdu } from '../../../telecom/sms/deliver-tpdu.ts';
import { encodeSmsPpDownload } from '../../../telecom/uicc/sms-pp-download.ts';
import { seedOf } from '../harness.ts';

/** What a card did with one message: facts, the octets for the delivery report, and the status word of the ENVELOPE. */
export interface Outcome {
  readonly facts: readonly CardFact[];
  readonly response: Uint8Array | undefined;
  readonly statusWord: string | undefined;
}

/** A card in a reader: facts are applied at once, and kept, so that the card can be made again as after a restart. */
export class CardReader {
  card: Uicc;
  readonly facts: CardFact[] = [];
  readonly #factory: FactoryCard;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rehome-uicc-'));

  constructor(factory: FactoryCard) {
    this.#factory = factory;
    this.card = this.#made();
  }

  /** Hands the user data of one SMS over as a device does: ENVELOPE, then GET RESPONSE where the card asks for it. */
  send(userData: Uint8Array, conditions: Partial<CardConditions> = {}): Outcome {
    const tpdu = encodeDeliverTpdu({
      ...{ hasUserDataHeader: true, moreMessages: false, originator: { ton: 0, npi: 1, digits: '900' } },
      ...{ protocolId: 0x7f, dataCoding: 0xf6, timestamp: new Uint8Array(7), userData },
    });
    const apdu = encodeSmsPpDownload({ serviceCentre: undefined, tpdu });
    const exchange = this.#applied(this.card.transmit(apdu, { ...NOTHING_WRONG, ...conditions }));
    if (exchange.kind === 'powerLost') return { facts: exchange.facts, response: undefined, statusWord: undefined };
    const { facts, statusWord } = exchange;
    if (!statusWord.startsWith('61')) return { facts, response: undefined, statusWord };
    const response = this.transmit(getResponseCommand(Number.parseInt(statusWord.slice(2), 16)));
    return { facts, response: response.data, statusWord: response.statusWord };
  }

  transmit(apdu: Uint8Array): Extract<Exchange, { kind: 'answered' }> {
    const exchange = this.#applied(this.card.transmit(apdu));
    if (exchange.kind === 'powerLost') throw new Error('the card lost its power');
    return exchange;
  }

  /** The next command that the card has for its device; undefined when there is none. */
  fetched(): ProactiveCommand | undefined {
    const { data, statusWord } = this.transmit(fetchCommand(0));
    return statusWord === '6985' ? undefined : decodeProactiveCommand(data);
  }

  /** Fetches a command and answers it. */
  performed(response: TerminalResponse = { result: 0 }): ProactiveCommand | undefined {
    const command = this.fetched();
    if (command !== undefined) this.transmit(encodeTerminalResponse(command, 1, response));
    return command;
  }

  /** All commands that the card has for its device, each done as asked. */
  allPerformed(): ProactiveCommand[] {
    const command = this.performed();
    return command === undefined ? [] : [command, ...this.allPerformed()];
  }

  authenticate(rand: Uint8Array, autn: Uint8Array): UsimAnswer {
    const { answer, facts } = this.card.authenticate(rand, autn);
    this.#apply(facts);
    return answer;
  }

  /** Makes the card anew from its facts, as a simulator does that starts again. */
  restart(): void {
    this.card = this.#made();
    for (const fact of this.facts) this.card.apply(fact);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #applied(exchange: Exchange): Exchange {
    this.#apply(exchange.facts);
    return exchange;
  }

  #apply(facts: readonly CardFact[]): void {
    this.facts.push(...facts);
    for (const fact of facts) this.card.apply(fact);
  }

  #made(): Uicc {
    const keys = subscriberKeys(seedOf(this.#factory.operator), this.#factory.imsi);
    return new Uicc({ factory: this.#factory, keys, vault: KeyVault.open(join(this.#folder, 'key')) });
  }
}
