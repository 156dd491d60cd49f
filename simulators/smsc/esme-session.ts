import type { Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { COMMAND_STATUS } from '../../telecom/smpp/commands.ts';
import { TLV_TAGS } from '../../telecom/smpp/fields.ts';
import { PduFrames } from '../../telecom/smpp/pdu-frames.ts';
import type { PduBody } from '../../telecom/smpp/pdu-bodies.ts';
import { decodePdu, decodePduHeader, encodePdu, type Pdu } from '../../telecom/smpp/pdu.ts';
import { ESM_CLASS, type ShortMessage } from '../../telecom/smpp/short-message.ts';
import type { Secret } from '../../telecom/secret.ts';
import type { Log } from '../support/log.ts';
import { deliverSmOf } from './deliveries.ts';
import type { Alert, DeliveryQueue, Receiver } from './delivery-queue.ts';
import { REGISTERED, type Delivery } from './facts.ts';
import type { SmscFaults } from './faults.ts';
import type { MessageCentre } from './message-centre.ts';
import { messageIdInAnswer } from './message-ids.ts';
import { validUntil } from './validity.ts';

const ENQUIRE_EVERY_MS = 30_000;
const RESPONSE = 0x8000_0000;
const AVAILABLE = 0x00;
/** Bits of registered_delivery that ask for a receipt of the end (SMPP 3.4 §5.2.17). */
const RECEIPT_BITS = 0x03;

export interface EsmeSessionOptions {
  readonly socket: Socket;
  readonly centre: MessageCentre;
  readonly queue: DeliveryQueue;
  readonly faults: SmscFaults;
  /** Without one, any password is right. */
  readonly password?: Secret<string> | undefined;
  readonly log: Log;
}

/** One ESME's connection, in SMPP 3.4. */
export class EsmeSession implements Receiver {
  readonly #options: EsmeSessionOptions;
  readonly #frames = new PduFrames();
  readonly #unanswered = new Map<number, () => void>();
  readonly #enquirer: NodeJS.Timeout;
  #sequence = 0;
  #systemId: string | undefined;
  #maySubmit = false;
  #heard = true;

  constructor(options: EsmeSessionOptions) {
    this.#options = options;
    const { socket, queue, log } = options;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('error', (cause) => {
      log(`the session of ${this.#name()} broke: ${cause.message}`);
    });
    socket.on('close', () => {
      clearInterval(this.#enquirer);
      queue.remove(this);
    });
    this.#enquirer = setInterval(() => {
      this.#enquire();
    }, ENQUIRE_EVERY_MS);
  }

  deliver(delivery: Delivery, answered: () => void): void {
    const message = deliverSmOf(delivery, this.#options.faults.plan);
    this.#request({ command: 'deliverSm', message }, answered);
  }

  alert({ msisdn, esme }: Alert): void {
    this.#sequence += 1;
    this.#send(this.#sequence, {
      command: 'alertNotification',
      source: { ton: 1, npi: 1, address: msisdn },
      esme: { ton: 0, npi: 0, address: esme },
      tlvs: [{ tag: TLV_TAGS.msAvailabilityStatus, value: Uint8Array.of(AVAILABLE) }],
    });
  }

  end(): void {
    this.#options.socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const octets of this.#frames.take(chunk)) this.#take(octets);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      this.#options.log(`${this.#name()} sent what is no PDU, ${cause.message}; the session was ended`);
      this.end();
    }
  }

  #take(octets: Uint8Array): void {
    this.#heard = true;
    let pdu: Pdu;
    try {
      pdu = decodePdu(octets);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      const { commandId, sequence, command } = decodePduHeader(octets);
      if (commandId >= RESPONSE) return;
      const status = command === undefined ? COMMAND_STATUS.ESME_RINVCMDID : COMMAND_STATUS.ESME_RINVMSGLEN;
      this.#send(sequence, { command: 'genericNack' }, status);
      return;
    }
    this.#serve(pdu);
  }

  #serve({ sequence, status, body }: Pdu): void {
    const { command } = body;
    if (command === 'bindReceiver' || command === 'bindTransmitter' || command === 'bindTransceiver')
      this.#bind(sequence, body);
    else if (command === 'submitSm') this.#submit(sequence, body.message);
    else if (command === 'enquireLink') this.#send(sequence, { command: 'enquireLinkResp' });
    else if (command === 'deliverSmResp' || command === 'enquireLinkResp') this.#answered(sequence, status);
    else if (command === 'unbind') {
      this.#send(sequence, { command: 'unbindResp' });
      this.#options.socket.end();
    } else this.#send(sequence, { command: 'genericNack' }, COMMAND_STATUS.ESME_RINVCMDID);
  }

  #bind(sequence: number, { command, systemId, password }: Extract<PduBody, { readonly systemType: string }>): void {
    const { queue, password: right } = this.#options;
    const refused = (status: number): void => {
      this.#send(sequence, { command: `${command}Resp`, systemId: '', tlvs: [] }, status);
    };
    if (this.#systemId !== undefined) refused(COMMAND_STATUS.ESME_RALYBND);
    else if (right !== undefined && password.reveal() !== right.reveal()) refused(COMMAND_STATUS.ESME_RINVPASWD);
    else {
      this.#systemId = systemId;
      this.#maySubmit = command !== 'bindReceiver';
      this.#send(sequence, { command: `${command}Resp`, systemId: 'simulator', tlvs: [] });
      if (command !== 'bindTransmitter') queue.add(this);
    }
  }

  #submit(sequence: number, message: ShortMessage): void {
    const { source, destination, protocolId, dataCoding, shortMessage, esmClass, registeredDelivery, tlvs } = message;
    const refused = (status: number): void => {
      this.#send(sequence, { command: 'submitSmResp', messageId: '', tlvs: [] }, status);
    };
    const until = validUntil(message.validityPeriod, new Date());
    if (!this.#maySubmit) refused(COMMAND_STATUS.ESME_RINVBNDSTS);
    else if (until === null) refused(COMMAND_STATUS.ESME_RINVEXPIRY);
    else {
      const setDpf = tlvs.find(({ tag }) => tag === TLV_TAGS.setDpf)?.value[0] === 1;
      const answer = this.#options.centre.submit({
        ...{ source: source.address, destination: destination.address, protocolId, dataCoding, setDpf },
        ...{ userData: toHex(shortMessage), hasUserDataHeader: (esmClass & ESM_CLASS.userDataHeader) !== 0 },
        registered: REGISTERED[registeredDelivery & RECEIPT_BITS] ?? 'never',
        ...(until !== undefined && { validUntil: until.toISOString() }),
      });
      if (!answer.ok) {
        refused(COMMAND_STATUS[answer.name]);
        return;
      }
      const messageId = messageIdInAnswer(answer.messageId, this.#options.faults.plan);
      const dpfResult = { tag: TLV_TAGS.dpfResult, value: Uint8Array.of(1) };
      this.#send(sequence, { command: 'submitSmResp', messageId, tlvs: setDpf ? [dpfResult] : [] });
    }
  }

  #answered(sequence: number, status: number): void {
    const answered = this.#unanswered.get(sequence);
    this.#unanswered.delete(sequence);
    // A refused delivery counts as not answered: it is delivered again after a while.
    if (status === COMMAND_STATUS.ESME_ROK) answered?.();
  }

  #enquire(): void {
    if (!this.#heard) {
      this.#options.log(`${this.#name()} is silent; the session was ended`);
      this.end();
      return;
    }
    this.#heard = false;
    this.#request({ command: 'enquireLink' }, () => undefined);
  }

  #request(body: PduBody, answered: () => void): void {
    this.#sequence += 1;
    this.#unanswered.set(this.#sequence, answered);
    this.#send(this.#sequence, body);
  }

  #send(sequence: number, body: PduBody, status: number = COMMAND_STATUS.ESME_ROK): void {
    const { socket } = this.#options;
    if (socket.writable) socket.write(encodePdu({ sequence, status, body }));
  }

  #name(): string {
    return this.#systemId ?? 'an ESME that has not bound';
  }
}
