import type { Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { COMMAND_STATUS } from '../../telecom/smpp/commands.ts';
import { MESSAGE_STATES } from '../../telecom/smpp/delivery-receipt.ts';
import { TLV_TAGS } from '../../telecom/smpp/fields.ts';
import { PduFrames } from '../../telecom/smpp/pdu-frames.ts';
import type { PduBody } from '../../telecom/smpp/pdu-bodies.ts';
import { decodePdu, decodePduHeader, encodePdu, type Pdu } from '../../telecom/smpp/pdu.ts';
import { ESM_CLASS, type ShortMessage } from '../../telecom/smpp/short-message.ts';
import type { Log } from '../support/log.ts';
import type { DeliveryQueue, Receiver } from './delivery-queue.ts';
import type { Delivery } from './facts.ts';
import type { MessageCentre } from './message-centre.ts';

const ENQUIRE_EVERY_MS = 30_000;
const RESPONSE = 0x8000_0000;
/** TP-PID and TP-DCS of a message that the network gives the card's answer in (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const FROM_THE_CARD = { protocolId: 0x7f, dataCoding: 0xf6 } as const;
const STATES = { DELIVRD: 'delivered', EXPIRED: 'expired', UNDELIV: 'undeliverable' } as const;
const NOTHING_SAID = {
  ...{ serviceType: '', priorityFlag: 0, scheduleDeliveryTime: '', validityPeriod: '' },
  ...{ registeredDelivery: 0, replaceIfPresent: 0, defaultMessageId: 0, tlvs: [] },
} as const;

interface EsmeSessionOptions {
  readonly socket: Socket;
  readonly centre: MessageCentre;
  readonly queue: DeliveryQueue;
  readonly log: Log;
}

/** One ESME's connection, in SMPP 3.4; it takes any password. */
export class EsmeSession implements Receiver {
  readonly #options: EsmeSessionOptions;
  readonly #frames = new PduFrames();
  readonly #unanswered = new Map<number, () => void>();
  readonly #enquirer: NodeJS.Timeout;
  #sequence = 0;
  #systemId: string | undefined;
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
    this.#request({ command: 'deliverSm', message: messageOf(delivery) }, answered);
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

  #bind(sequence: number, { command, systemId }: Extract<PduBody, { readonly systemType: string }>): void {
    this.#systemId = systemId;
    this.#send(sequence, { command: `${command}Resp`, systemId: 'simulator', tlvs: [] });
    if (command !== 'bindTransmitter') this.#options.queue.add(this);
  }

  #submit(sequence: number, message: ShortMessage): void {
    const { source, destination, protocolId, dataCoding, shortMessage } = message;
    const refused = (status: number): void => {
      this.#send(sequence, { command: 'submitSmResp', messageId: '', tlvs: [] }, status);
    };
    if (this.#systemId === undefined) {
      refused(COMMAND_STATUS.ESME_RINVBNDSTS);
      return;
    }
    const answer = this.#options.centre.submit({
      ...{ source: source.address, destination: destination.address, protocolId, dataCoding },
      userData: toHex(shortMessage),
    });
    if (answer.ok) this.#send(sequence, { command: 'submitSmResp', messageId: answer.messageId, tlvs: [] });
    else refused(COMMAND_STATUS[answer.name]);
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

/** A receipt as SMPP 3.4 appendix B has it, or what the card answered; both come from the device's number. */
function messageOf(delivery: Delivery): ShortMessage {
  const esme = { ton: 0, npi: 0, address: '' };
  const device = (address: string) => ({ ton: 1, npi: 1, address });
  if (delivery.kind === 'message') {
    const { source, userData } = delivery;
    return {
      ...{ ...NOTHING_SAID, ...FROM_THE_CARD, source: device(source), destination: esme },
      ...{ esmClass: ESM_CLASS.userDataHeader, shortMessage: fromHex(userData, 'user data') },
    };
  }
  const { messageId, destination, state } = delivery;
  const text = `id:${messageId} sub:001 dlvrd:${state === 'DELIVRD' ? '001' : '000'} stat:${state} err:000 text:`;
  return {
    ...{ ...NOTHING_SAID, source: device(destination), destination: esme, esmClass: ESM_CLASS.deliveryReceipt },
    ...{ protocolId: 0, dataCoding: 0, shortMessage: ascii(text) },
    tlvs: [
      { tag: TLV_TAGS.receiptedMessageId, value: ascii(`${messageId}\0`) },
      { tag: TLV_TAGS.messageState, value: Uint8Array.of(MESSAGE_STATES.indexOf(STATES[state]) + 1) },
    ],
  };
}

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
