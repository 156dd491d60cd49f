import { DecodeError } from '../../telecom/decode-error.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { decodeEfImsi } from '../../telecom/uicc/imsi-file.ts';
import type { FactoryCard } from '../support/cards-file.ts';
import type { SubscriberKeys } from '../support/subscriber-keys.ts';
import type { CardFact } from './facts.ts';
import { cardFile, emptyFile, factoryFiles, keysIn, subscriptionFiles, type FileName } from './files.ts';
import type { KeyVault } from '../support/key-vault.ts';
import { SqnArray } from './sqn-array.ts';

export const ADMIN_CODE_TRIES = 3;

/** What a card keeps without power. It changes by facts alone, which are durable before they are applied. */
export class CardMemory {
  readonly factory: FactoryCard;
  readonly vault: KeyVault;
  readonly sqn = new SqnArray();
  readonly #files: Map<FileName, Uint8Array>;
  readonly #counters = new Map<number, number>();
  readonly #requestCounters = new Map<number, number>();
  #triesLeft = ADMIN_CODE_TRIES;

  constructor({
    factory,
    keys,
    vault,
  }: {
    readonly factory: FactoryCard;
    readonly keys: SubscriberKeys;
    readonly vault: KeyVault;
  }) {
    this.factory = factory;
    this.vault = vault;
    this.#files = factoryFiles({ iccid: factory.iccid, imsi: factory.imsi, keys });
  }

  /** Tries of the admin code that are left; the card application and VERIFY share them. */
  get triesLeft(): number {
    return this.#triesLeft;
  }

  /** What EF.IMSI holds, when that is an IMSI. */
  get imsi(): Imsi | undefined {
    try {
      return decodeEfImsi(this.file('EF.IMSI'));
    } catch (cause) {
      if (cause instanceof DecodeError) return undefined;
      throw cause;
    }
  }

  get keys(): SubscriberKeys | undefined {
    return keysIn(this.file('EF.USIM_AUTH_KEY'));
  }

  file(name: FileName): Uint8Array {
    return this.#files.get(name) ?? emptyFile(name);
  }

  /** The highest counter that a packet with this key set has used up. */
  counter(kvn: number): number {
    return this.#counters.get(kvn) ?? 0;
  }

  /** The highest counter that the card itself has used with this key set. */
  requestCounter(kvn: number): number {
    return this.#requestCounters.get(kvn) ?? 0;
  }

  /** How a write to a file is put down: the content of a key file leaves the card's memory only sealed. */
  written(file: FileName, content: Uint8Array): CardFact {
    const { iccid } = this.factory;
    const kept = cardFile(file).isSecret ? this.vault.sealOctets(`${iccid}/${file}`, content) : toHex(content);
    return { kind: 'fileWritten', iccid, file, content: kept };
  }

  apply(fact: CardFact): void {
    switch (fact.kind) {
      case 'counterConsumed':
        this.#counters.set(fact.kvn, fact.cntr);
        return;
      case 'changeRequested':
        this.#requestCounters.set(fact.kvn, fact.cntr);
        return;
      case 'adminCodeRefused':
        this.#triesLeft = fact.triesLeft;
        return;
      case 'adminCodeAccepted':
        this.#triesLeft = ADMIN_CODE_TRIES;
        return;
      case 'cardUpdated':
        this.#put(subscriptionFiles(fact.imsi, this.vault.open(fact.imsi, fact.sealedKeys), (name) => this.file(name)));
        this.#triesLeft = ADMIN_CODE_TRIES;
        this.sqn.reset();
        return;
      case 'fileWritten': {
        const { file, content, iccid } = fact;
        const octets = cardFile(file).isSecret
          ? this.vault.openOctets(`${iccid}/${file}`, content)
          : fromHex(content, file);
        this.#files.set(file, octets);
        return;
      }
      case 'sequenceAccepted':
        this.sqn.accept(fact);
        return;
      case 'replayRefused':
      case 'packetRefused':
      case 'powerCut':
        return;
    }
  }

  #put(files: ReadonlyMap<FileName, Uint8Array>): void {
    for (const [name, content] of files) this.#files.set(name, content);
  }
}
