import type { DecodeError } from '../../telecom/decode-error.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { COMMAND_STATUS } from '../../telecom/smpp/commands.ts';
import { TLV_TAGS } from '../../telecom/smpp/fields.ts';
import type { AlertNotification } from '../../telecom/smpp/pdu-bodies.ts';
import { decodePduHeader, type Pdu } from '../../telecom/smpp/pdu.ts';
import { deliveriesOf } from './deliveries.ts';
import type { Delivery } from './protocol.ts';
import type { SmppLink } from './smpp-link.ts';

/** Deliveries that may be in our hands at once; the SMSC keeps the others. */
const MOST_OPEN_DELIVERIES = 50;
/** An SMSC may say much that is not understood; the log needs no more than this of it. */
const COMPLAINT_MILLISECONDS = 1_000;
/** ms_availability_status of a device that takes messages; also where an alert does not say (SMPP 3.4 §5.3.2.30). */
const AVAILABLE = 0;

export interface IntakeOptions {
  readonly smsc: string;
  /** Takes a receipt or a message; the SMSC hears that it was taken only after this resolves, and delivers it again otherwise. */
  readonly onDelivery: (delivery: Delivery) => Promise<void>;
  readonly log: (level: 'error' | 'warn' | 'info', message: string, fields?: { readonly code: string }) => void;
}

/** What an SMSC asks of us, over all connections to it: deliveries above all, of which only so many are in our hands at once. */
export class Intake {
  readonly #options: IntakeOptions;
  /** Of the connection that there is, from before its bind on. */
  #link: SmppLink | undefined;
  #openDeliveries = 0;
  #complainedAt = -Infinity;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** A new connection begins. */
  connected(link: SmppLink): void {
    this.#link = link;
  }

  serve(link: SmppLink, { sequence, body }: Pdu): void {
    const { command } = body;
    if (command === 'enquireLink') link.respond(sequence, { command: 'enquireLinkResp' });
    else if (command === 'deliverSm') void this.#take(link, sequence, deliveriesOf(body.message));
    else if (command === 'unbind') {
      link.respond(sequence, { command: 'unbindResp' });
      link.end();
    }
    // An alert notification is not answered (SMPP 3.4 §4.12).
    else if (command === 'alertNotification') void this.#hear(link, body);
    else link.respond(sequence, { command: 'genericNack' }, COMMAND_STATUS.ESME_RINVCMDID);
  }

  /** A delivery that can't be read goes where a person finds it, and is then taken: it would be no better the next time. */
  refuse(link: SmppLink, octets: Uint8Array, cause: DecodeError): void {
    const { command, sequence } = decodePduHeader(octets);
    if (command === 'deliverSm')
      void this.#take(link, sequence, [{ kind: 'unreadable', pdu: toHex(octets), reason: cause.message }]);
    else {
      this.#complain(`${this.#options.smsc} sent what is not understood: ${cause.message}`);
      link.respond(sequence, { command: 'genericNack' }, COMMAND_STATUS.ESME_RINVCMDID);
    }
  }

  #complain(message: string): void {
    if (Date.now() - this.#complainedAt < COMPLAINT_MILLISECONDS) return;
    this.#complainedAt = Date.now();
    this.#options.log('error', message);
  }

  /** One that is lost is not sent again: whoever waits for the device has other signs of it. */
  async #hear(link: SmppLink, { source, tlvs }: AlertNotification): Promise<void> {
    const [availability = AVAILABLE] = tlvs.find(({ tag }) => tag === TLV_TAGS.msAvailabilityStatus)?.value ?? [];
    if (availability !== AVAILABLE) return;
    try {
      await this.#taking(link, () => this.#options.onDelivery({ kind: 'available', source: source.address }));
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      this.#complain(`that ${source.address} can be reached again, as ${this.#options.smsc} says, is lost: ${problem}`);
    }
  }

  async #take(link: SmppLink, sequence: number, deliveries: readonly Delivery[]): Promise<void> {
    const answer = { command: 'deliverSmResp', messageId: '', tlvs: [] } as const;
    try {
      await this.#taking(link, async () => {
        for (const delivery of deliveries) await this.#options.onDelivery(delivery);
      });
      link.respond(sequence, answer);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      this.#options.log(
        'warn',
        `a ${deliveries.map(({ kind }) => kind).join(' with a ')} of ${this.#options.smsc} was not taken and will be delivered again: ${problem}`,
      );
      link.respond(sequence, answer, COMMAND_STATUS.ESME_RX_T_APPN);
    }
  }

  /** Does what a delivery asks for; while too many are open, nothing more is read. */
  async #taking(link: SmppLink, work: () => Promise<void>): Promise<void> {
    this.#openDeliveries += 1;
    if (this.#openDeliveries >= MOST_OPEN_DELIVERIES) link.pause();
    try {
      await work();
    } finally {
      this.#openDeliveries -= 1;
      // Not `link`: what is open outlives its connection, and holds up the next one.
      if (this.#openDeliveries < MOST_OPEN_DELIVERIES) this.#link?.resume();
    }
  }
}
