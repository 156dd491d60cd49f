import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { Delivery, Fact, Record } from './facts.ts';
import type { SmscFaults } from './faults.ts';

/** Deliveries that one session may have unanswered. */
const WINDOW = 200;
const ANSWER_PATIENCE_MS = 10_000;
const CHECK_EVERY_MS = 2_000;

/** A bound session, as the queue sees it. */
export interface Receiver {
  /** Sends; calls `answered` when the other side says that it has the delivery for good. */
  deliver(delivery: Delivery, answered: () => void): void;
  /** Says that a device can be reached again; nobody answers that. */
  alert(alert: Alert): void;
}

/** A device that a message of this ESME waited for can be reached again. */
export interface Alert {
  readonly msisdn: Msisdn;
  readonly esme: string;
}

interface InFlight {
  readonly delivery: Delivery;
  readonly receiver: Receiver;
  readonly sentAt: number;
}

/** What ESMEs still have to be told: kept until one of them answers, sent again when it does not or its session ends. */
export class DeliveryQueue {
  readonly #record: Record;
  readonly #faults: SmscFaults;
  readonly #unsent = new Map<string, Delivery>();
  readonly #inFlight = new Map<string, InFlight>();
  readonly #receivers = new Map<Receiver, number>();
  readonly #timer: NodeJS.Timeout;

  constructor({ record, faults }: { record: Record; faults: SmscFaults }) {
    this.#record = record;
    this.#faults = faults;
    this.#timer = setInterval(() => {
      this.#takeBackUnanswered();
    }, CHECK_EVERY_MS);
  }

  apply(fact: Fact): void {
    if (fact.kind === 'deliveryQueued') this.#unsent.set(fact.deliveryId, fact.delivery);
    if (fact.kind === 'deliveryAnswered') {
      this.#unsent.delete(fact.deliveryId);
      this.#settle(fact.deliveryId);
    }
  }

  add(receiver: Receiver): void {
    this.#receivers.set(receiver, 0);
    this.flush();
  }

  /** What the session did not answer goes to another one, now or later. */
  remove(receiver: Receiver): void {
    this.#receivers.delete(receiver);
    for (const [deliveryId, flight] of this.#inFlight)
      if (flight.receiver === receiver) this.#takeBack(deliveryId, flight);
    this.flush();
  }

  /** Sends what can be sent. */
  flush(): void {
    for (const [deliveryId, delivery] of this.#faults.inOrder(this.#unsent)) {
      const receiver = this.#leastBusy();
      if (receiver === undefined) return;
      this.#send(deliveryId, { delivery, receiver });
    }
  }

  alert(alert: Alert): void {
    this.#leastBusy()?.alert(alert);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(deliveryId: string, { delivery, receiver }: { delivery: Delivery; receiver: Receiver }): void {
    this.#unsent.delete(deliveryId);
    this.#inFlight.set(deliveryId, { delivery, receiver, sentAt: Date.now() });
    this.#receivers.set(receiver, (this.#receivers.get(receiver) ?? 0) + 1);
    const answered = (): void => {
      if (this.#inFlight.has(deliveryId) || this.#unsent.has(deliveryId))
        this.#record({ kind: 'deliveryAnswered', deliveryId });
      this.flush();
    };
    receiver.deliver(delivery, answered);
    if (this.#faults.plan.duplicateDeliveries === true) receiver.deliver(delivery, answered);
  }

  #leastBusy(): Receiver | undefined {
    let best: { receiver: Receiver; unanswered: number } | undefined;
    for (const [receiver, unanswered] of this.#receivers) {
      if (unanswered < (best?.unanswered ?? WINDOW)) best = { receiver, unanswered };
    }
    return best?.receiver;
  }

  #takeBackUnanswered(): void {
    const oldest = Date.now() - ANSWER_PATIENCE_MS;
    for (const [deliveryId, flight] of this.#inFlight) if (flight.sentAt < oldest) this.#takeBack(deliveryId, flight);
    this.flush();
  }

  #takeBack(deliveryId: string, { delivery }: InFlight): void {
    this.#settle(deliveryId);
    this.#unsent.set(deliveryId, delivery);
  }

  #settle(deliveryId: string): void {
    const flight = this.#inFlight.get(deliveryId);
    this.#inFlight.delete(deliveryId);
    const unanswered = flight === undefined ? undefined : this.#receivers.get(flight.receiver);
    if (flight !== undefined && unanswered !== undefined) this.#receivers.set(flight.receiver, unanswered - 1);
  }
}
