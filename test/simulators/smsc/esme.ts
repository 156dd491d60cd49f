import { connect, type Socket } from 'node:net';
import { Peer, type PeerPdu } from '../../telecom/smpp/smpp-peer.ts';

const HEADER_OCTETS = 16;
const STATES = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV'];

type Delivered = Readonly<Record<string, unknown>>;

/** What became of a request: the message id, or the status with which it was refused. */
export interface Answer {
  readonly command: string;
  readonly status: number;
  readonly messageId: unknown;
  readonly pdu: PeerPdu;
}

/** The other end of a session, with the package smpp as its codec: what was delivered is kept, and answered unless told otherwise. */
export class Esme {
  readonly delivered: Delivered[] = [];
  /** The same, as they came. */
  readonly deliveries: PeerPdu[] = [];
  readonly alerts: PeerPdu[] = [];
  answers = true;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #received = Buffer.alloc(0);
  #sequence = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
  }

  static async connect(port: number): Promise<Esme> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Esme(socket);
  }

  /** On a connection that is made already. */
  static over(socket: Socket): Esme {
    return new Esme(socket);
  }

  static async bound(port: number): Promise<Esme> {
    const esme = await Esme.connect(port);
    await esme.ask('bind_transceiver', { system_id: 'rehome', password: 'any' });
    return esme;
  }

  ask(command: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#socket.write(new Peer(command, { ...fields, sequence_number: sequence }).toBuffer());
    return new Promise((resolve) => this.#waiting.set(sequence, resolve));
  }

  submit(destination: string, userData: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.ask('submit_sm', {
      ...{ source_addr: '1234', destination_addr: destination, esm_class: 0x40, protocol_id: 0x7f, data_coding: 0xf6 },
      ...{ short_message: Buffer.from(userData, 'hex'), registered_delivery: 1, ...fields },
    });
  }

  write(octets: Buffer): void {
    this.#socket.write(octets);
  }

  /** What was delivered of one kind. */
  of(kind: string): Delivered[] {
    return this.delivered.filter((delivery) => delivery['kind'] === kind);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= HEADER_OCTETS && this.#received.length >= this.#received.readUInt32BE(0)) {
      const length = this.#received.readUInt32BE(0);
      this.#take(this.#received.subarray(0, length));
      this.#received = this.#received.subarray(length);
    }
  }

  #take(octets: Buffer): void {
    const pdu = new Peer(Buffer.from(octets));
    if (pdu.command === 'deliver_sm' || pdu.command === 'enquire_link') {
      if (pdu.command === 'deliver_sm') {
        this.deliveries.push(pdu);
        this.delivered.push(deliveryOf(pdu));
      }
      if (this.answers)
        this.#socket.write(new Peer(`${pdu.command}_resp`, { sequence_number: pdu.sequence_number }).toBuffer());
      return;
    }
    if (pdu.command === 'alert_notification') {
      this.alerts.push(pdu);
      return;
    }
    const { command, command_status: status } = pdu;
    this.#waiting.get(pdu.sequence_number)?.({ command, status, messageId: pdu['message_id'], pdu });
  }
}

function deliveryOf(pdu: PeerPdu): Delivered {
  if (pdu['esm_class'] === 0x04) {
    const { receipted_message_id: messageId, source_addr: destination, message_state: state } = pdu;
    return { kind: 'receipt', messageId, destination, state: STATES[Number(state)] };
  }
  const { udh, message } = pdu['short_message'] as {
    readonly udh?: readonly Buffer[];
    readonly message: Buffer | string;
  };
  const header = Buffer.concat(udh ?? []);
  const userData = Buffer.concat([Buffer.of(header.length), header, Buffer.from(message)]).toString('hex');
  return { kind: 'message', source: pdu['source_addr'], userData };
}
