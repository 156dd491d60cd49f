import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { refusal } from './command-status.ts';
import type { Delivery, Fact, NewFact, Record, ShortMessage } from './facts.ts';
import type { SmscFaults } from './faults.ts';
import type { Device, Fleet } from './fleet.ts';

/** (U)SIM data download (3GPP TS 23.040 §9.2.3.9), in 8-bit data of class 2 (3GPP TS 23.038 §4). */
const TO_THE_CARD = { protocolId: 0x7f, dataCoding: 0xf6 } as const;
/** Octets of user data that one SMS carries (3GPP TS 23.040 §9.2.3.16). */
const USER_DATA_OCTETS = 140;
const HEX = /^(?:[0-9a-f]{2})*$/i;
const VALIDITY_SECONDS = 24 * 60 * 60;

type Accepted = Extract<Fact, { kind: 'submitted' }>;

/** What the centre answers to a submit. */
export type SubmitAnswer = { readonly ok: true; readonly messageId: string } | ReturnType<typeof refusal>;

interface MessageCentreOptions {
  readonly idPrefix: string;
  readonly fleet: Fleet;
  readonly faults: SmscFaults;
  readonly record: Record;
  /** Called when a card has taken a message. */
  readonly delivered: (device: Device) => void;
}

/** Stores messages and forwards them to devices, once each; keeps those of devices that are away. */
export class MessageCentre {
  readonly #options: MessageCentreOptions;
  readonly #undelivered = new Map<string, Accepted>();
  readonly #waiting = new Map<Msisdn, Set<string>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #accepted = 0;

  constructor(options: MessageCentreOptions) {
    this.#options = options;
  }

  apply(fact: Fact): void {
    if (fact.kind === 'submitted') {
      this.#accepted += 1;
      this.#undelivered.set(fact.messageId, fact);
    }
    if (fact.kind === 'delivered' || fact.kind === 'lost' || fact.kind === 'expired')
      this.#undelivered.delete(fact.messageId);
  }

  /** Goes on with the messages that a journal left undelivered. */
  resume(): void {
    for (const message of this.#undelivered.values()) this.#forwardSoon(message);
  }

  /** Accepts a message, durably, or refuses it. Two equal messages are two messages. */
  submit({ source, destination, protocolId, dataCoding, userData }: ShortMessage): SubmitAnswer {
    const { faults, fleet, record, idPrefix } = this.#options;
    const fault = faults.refusesThisSubmit();
    if (fault !== undefined) return refusal(fault);
    if (!HEX.test(userData) || userData.length > 2 * USER_DATA_OCTETS) return refusal('ESME_RINVMSGLEN');
    if (!fleet.knows(destination)) return refusal('ESME_RINVDSTADR');
    const messageId = idPrefix + (this.#accepted + 1).toString(16).padStart(6, '0');
    record({
      kind: 'submitted',
      messageId,
      source,
      destination: parseMsisdn(destination),
      protocolId,
      dataCoding,
      userData,
    });
    const message = this.#undelivered.get(messageId);
    if (message !== undefined) this.#forwardSoon(message);
    return { ok: true, messageId };
  }

  /** Forwards what waited for the device that has this number now. */
  reachable(msisdn: Msisdn): void {
    const waiting = this.#waiting.get(msisdn);
    this.#waiting.delete(msisdn);
    for (const messageId of waiting ?? []) {
      const message = this.#undelivered.get(messageId);
      if (message !== undefined) this.#forwardSoon(message);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #forwardSoon(message: Accepted): void {
    this.#later(message, this.#options.faults.plan.delayMs ?? 0, () => {
      this.#forward(message);
    });
  }

  #forward(message: Accepted): void {
    const { faults, fleet, record, delivered } = this.#options;
    const { messageId, destination } = message;
    if (faults.losesThisMessage()) {
      record({ kind: 'lost', messageId });
      return;
    }
    const device = fleet.reachableBy(destination);
    if (device === undefined) {
      this.#keep(message);
      return;
    }
    // One group of facts: a card that took the message, its answer and the receipt are never torn apart by a crash.
    const receipt = this.#receipt(message, 'DELIVRD');
    record(
      { kind: 'delivered', messageId, iccid: device.iccid },
      receipt,
      ...this.#handToCard(message, { device, copy: 1 }),
    );
    if (faults.plan.duplicateDeliveries === true) record(...this.#handToCard(message, { device, copy: 2 }));
    delivered(device);
  }

  #handToCard(message: Accepted, { device, copy }: { device: Device; copy: number }): NewFact[] {
    const { plan } = this.#options.faults;
    const isForTheCard = message.protocolId === TO_THE_CARD.protocolId && message.dataCoding === TO_THE_CARD.dataCoding;
    if (!isForTheCard || plan.silentCards === true) return [];
    const { facts, response } = device.card.receive(fromHex(message.userData, 'user data'), {
      hasOtherAdminCode: plan.wrongAdminCode?.includes(device.iccid) ?? false,
      unsignedPor: plan.unsignedPor ?? false,
    });
    if (response === undefined || plan.dropPor === true) return [...facts];
    // The answer leaves before the device changes networks, so it comes from the number that the message went to.
    const delivery = { kind: 'message', source: message.destination, userData: toHex(response) } as const;
    return [...facts, { kind: 'deliveryQueued', deliveryId: `${message.messageId}/por-${String(copy)}`, delivery }];
  }

  #keep(message: Accepted): void {
    const { messageId, destination, at } = message;
    const waiting = this.#waiting.get(destination) ?? new Set();
    this.#waiting.set(destination, waiting.add(messageId));
    const validityMs = 1_000 * (this.#options.faults.plan.validitySeconds ?? VALIDITY_SECONDS);
    this.#later(message, Math.max(0, Date.parse(at) + validityMs - Date.now()), () => {
      waiting.delete(messageId);
      this.#options.record({ kind: 'expired', messageId }, this.#receipt(message, 'EXPIRED'));
    });
  }

  #receipt({ messageId, destination }: Accepted, state: 'DELIVRD' | 'EXPIRED'): NewFact {
    const delivery: Delivery = { kind: 'receipt', messageId, destination, state };
    return { kind: 'deliveryQueued', deliveryId: `${messageId}/receipt`, delivery };
  }

  /** A message has one timer: it is on its way, or it waits for its end. */
  #later({ messageId }: Accepted, milliseconds: number, action: () => void): void {
    clearTimeout(this.#timers.get(messageId));
    const timer = setTimeout(() => {
      this.#timers.delete(messageId);
      action();
    }, milliseconds);
    this.#timers.set(messageId, timer);
  }
}
