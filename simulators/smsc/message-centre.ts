import { DecodeError } from '../../telecom/decode-error.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { decodeDeliverReport, FAILURE_CAUSE } from '../../telecom/sms/deliver-report-tpdu.ts';
import { parseUserDataHeader } from '../../telecom/sms/user-data-header.ts';
import type { Device, Fleet } from '../device/fleet.ts';
import { names } from '../device/faults.ts';
import { takeMessage } from '../device/message-download.ts';
import { refusal } from './command-status.ts';
import { endsMessage, type Delivery, type Fact, type NewFact, type Record, type ReceiptState } from './facts.ts';
import type { ShortMessage } from './facts.ts';
import type { SmscFaults } from './faults.ts';
import { messageIdOf } from './message-ids.ts';
import { tpduOf } from './tpdu.ts';

/** Octets of user data that one SMS carries (3GPP TS 23.040 §9.2.3.16). */
const USER_DATA_OCTETS = 140;
const HEX = /^(?:[0-9a-f]{2})*$/i;
const VALIDITY_SECONDS = 24 * 60 * 60;
/** A device that could not take a message is tried again after this time. */
const RETRY_AFTER_MS = 500;
/** The first digits of what goes to the card: (U)SIM data download (3GPP TS 23.040 §9.2.3.9). */
const DATA_DOWNLOAD = 0x7f;

type Accepted = Extract<Fact, { kind: 'submitted' }>;

/** What the centre answers to a submit. */
export type SubmitAnswer = { readonly ok: true; readonly messageId: string } | ReturnType<typeof refusal>;

interface MessageCentreOptions {
  readonly idPrefix: string;
  readonly fleet: Fleet;
  readonly faults: SmscFaults;
  readonly record: Record;
  /** Called when a card has taken a message, or the power failed while it did. */
  readonly delivered: (device: Device, powerLost: boolean) => void;
  /** Called when a device is back that a message waited for, whose ESME wants to know. */
  readonly available: (msisdn: Msisdn, esme: string) => void;
}

/** Stores messages and forwards them to devices, once each; keeps those of devices that are away or asleep. */
export class MessageCentre {
  readonly #options: MessageCentreOptions;
  readonly #undelivered = new Map<string, Accepted>();
  readonly #waiting = new Map<Msisdn, Set<string>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** By number, the ESMEs that want to know when a device is back which a message of theirs waited for in vain (3GPP TS 23.040 §3.2.7). */
  readonly #missed = new Map<Msisdn, Set<string>>();
  #accepted = 0;

  constructor(options: MessageCentreOptions) {
    this.#options = options;
  }

  apply(fact: Fact): void {
    if (fact.kind === 'submitted') {
      this.#accepted += 1;
      this.#undelivered.set(fact.messageId, fact);
    }
    if (!endsMessage(fact)) return;
    this.#noteMissed(fact);
    this.#undelivered.delete(fact.messageId);
  }

  /** Goes on with the messages that a journal left undelivered. */
  resume(): void {
    for (const message of this.#undelivered.values()) this.#forwardSoon(message);
  }

  /** Accepts a message, durably, or refuses it. Two equal messages are two messages. */
  submit(message: ShortMessage): SubmitAnswer {
    const { faults, fleet, record, idPrefix } = this.#options;
    const fault = faults.refusesThisSubmit();
    if (fault !== undefined) return refusal(fault);
    const { userData, destination, protocolId } = message;
    if (!HEX.test(userData) || userData.length > 2 * USER_DATA_OCTETS) return refusal('ESME_RINVMSGLEN');
    if (message.hasUserDataHeader && !hasReadableHeader(userData)) return refusal('ESME_RINVESMCLASS');
    if (protocolId === DATA_DOWNLOAD && faults.plan.dataDownload === 'refused') return refusal('ESME_RINVESMCLASS');
    if (!fleet.knows(destination)) return refusal('ESME_RINVDSTADR');
    const messageId = messageIdOf(idPrefix, this.#accepted + 1);
    record({ kind: 'submitted', messageId, ...message, destination: parseMsisdn(destination) });
    const accepted = this.#undelivered.get(messageId);
    if (accepted !== undefined) this.#forwardSoon(accepted);
    return { ok: true, messageId };
  }

  /** Forwards what waited for the device that has this number now, and tells the ESMEs that asked for it. */
  reachable(msisdn: Msisdn): void {
    const waiting = this.#waiting.get(msisdn);
    this.#waiting.delete(msisdn);
    const messages = [...(waiting ?? [])].flatMap((id) => this.#undelivered.get(id) ?? []);
    const waitedFor = messages.filter(({ setDpf }) => setDpf).map(({ source }) => source);
    const asking = new Set([...waitedFor, ...(this.#missed.get(msisdn) ?? [])]);
    this.#missed.delete(msisdn);
    for (const esme of asking) this.#options.available(msisdn, esme);
    for (const message of messages) this.#forwardSoon(message);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** A message that expires leaves word to be given, and one that arrives says that there is no more need. */
  #noteMissed({ kind, messageId }: Extract<Fact, { messageId: string }>): void {
    const { destination, source, setDpf } = this.#undelivered.get(messageId) ?? {};
    if (destination === undefined || source === undefined) return;
    if (kind === 'delivered') this.#missed.delete(destination);
    if (kind !== 'expired' || setDpf !== true) return;
    this.#missed.set(destination, (this.#missed.get(destination) ?? new Set()).add(source));
  }

  #forwardSoon(message: Accepted): void {
    this.#later(message, this.#options.faults.delayOfThisMessage(), () => this.#forward(message));
  }

  #forward(message: Accepted): void {
    const { faults, fleet, record } = this.#options;
    const { messageId, destination } = message;
    if (faults.losesThisMessage()) {
      record({ kind: 'lost', messageId });
      return;
    }
    if (faults.plan.expireParts?.includes(partOf(message)) === true) {
      this.#expire(message);
      return;
    }
    const device = fleet.reachableBy(destination);
    if (device === undefined || names(faults.plan.asleep, device.iccid)) this.#keep(message);
    else if (this.#hand(message, { device, copy: 1 }) && faults.plan.duplicateDeliveries === true)
      this.#hand(message, { device, copy: 2 });
  }

  /**
   * Hands a message to its device, and puts down in one group of facts that the card took it, what it answered and the receipt: they
   * are never torn apart by a crash. Answers whether it was taken.
   */
  #hand(message: Accepted, { device, copy }: { readonly device: Device; readonly copy: number }): boolean {
    const { faults, record, delivered } = this.#options;
    const { iccid } = device;
    const { facts, report } = takeMessage(device, tpduOf(message, faults.plan), faults);
    const said = report === undefined ? undefined : decodeDeliverReport(report);
    if (said === undefined || (said.kind === 'failed' && said.cause === FAILURE_CAUSE.toolkitBusy)) {
      record(...facts);
      if (copy === 1) this.#later(message, RETRY_AFTER_MS, () => this.#retry(message));
      delivered(device, said === undefined);
      return false;
    }
    const answer = faults.plan.dropPor === true ? undefined : said.userData && toHex(said.userData);
    const state = said.kind === 'failed' ? 'UNDELIV' : 'DELIVRD';
    record(
      ...(copy > 1 ? [] : this.#ending(message, { state, iccid, answer })),
      ...facts,
      ...(answer === undefined || (faults.plan.porInReceipt === true && message.registered === 'always')
        ? []
        : [this.#answered(message, { answer, copy })]),
    );
    delivered(device, false);
    return said.kind === 'acknowledged';
  }

  /** The answer leaves before the device changes networks, so it comes from the number that the message went to. */
  #answered({ messageId, source, destination }: Accepted, { answer, copy }: { answer: string; copy: number }): NewFact {
    const delivery: Delivery = { kind: 'message', source: destination, destination: source, userData: answer };
    return { kind: 'deliveryQueued', deliveryId: `${messageId}/por-${String(copy)}`, delivery };
  }

  #retry(message: Accepted): void {
    if (Date.now() < this.#endOf(message)) this.#forward(message);
    else this.#expire(message);
  }

  #keep(message: Accepted): void {
    const { messageId, destination } = message;
    const waiting = this.#waiting.get(destination) ?? new Set();
    this.#waiting.set(destination, waiting.add(messageId));
    this.#later(message, Math.max(0, this.#endOf(message) - Date.now()), () => {
      waiting.delete(messageId);
      this.#expire(message);
    });
  }

  #expire(message: Accepted): void {
    this.#options.record(...this.#ending(message, { state: 'EXPIRED', iccid: undefined, answer: undefined }));
  }

  /** A centre keeps no message for longer than it wants itself, whatever the ESME says. */
  #endOf({ at, validUntil }: Accepted): number {
    const longest = Date.parse(at) + 1_000 * (this.#options.faults.plan.validitySeconds ?? VALIDITY_SECONDS);
    return validUntil === undefined ? longest : Math.min(longest, Date.parse(validUntil));
  }

  /** The message's end, and its receipt where one is wanted and not lost. */
  #ending(message: Accepted, { state, iccid, answer }: Ending): NewFact[] {
    const { messageId, registered } = message;
    const ended: NewFact =
      iccid === undefined
        ? { kind: 'expired', messageId }
        : { kind: state === 'DELIVRD' ? 'delivered' : 'undeliverable', messageId, iccid };
    const isWanted = registered === 'always' || (registered === 'onFailure' && state !== 'DELIVRD');
    if (!isWanted || this.#options.faults.losesThisReceipt()) return [ended];
    return [ended, this.#receipt(message, { state, answer })];
  }

  #receipt(message: Accepted, { state, answer }: Pick<Ending, 'state' | 'answer'>): NewFact {
    const { messageId, destination, source, at } = message;
    const inReceipt = this.#options.faults.plan.porInReceipt === true ? answer : undefined;
    const delivery: Delivery = {
      ...{ kind: 'receipt', messageId, destination, state, source },
      ...{ submittedAt: at, doneAt: new Date().toISOString() },
      ...(inReceipt !== undefined && { userData: inReceipt }),
    };
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

interface Ending {
  readonly state: ReceiptState;
  /** The card that took it, or could not. */
  readonly iccid: Device['iccid'] | undefined;
  readonly answer: string | undefined;
}

/** Which part of a long message it is; 0: of none. */
const partOf = ({ userData, hasUserDataHeader }: Accepted): number =>
  (hasUserDataHeader ? parseUserDataHeader(fromHex(userData, 'user data')).concatenation?.part : undefined) ?? 0;

function hasReadableHeader(userData: string): boolean {
  try {
    parseUserDataHeader(fromHex(userData, 'user data'));
    return true;
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}
