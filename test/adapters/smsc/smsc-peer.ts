import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { SmscSession, type SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import { Peer as PeerPdu, type PeerPdu as Pdu } from '../../telecom/smpp/smpp-peer.ts';

const HEADER_OCTETS = 16;

/** One segment, as the tests of a bind submit it. */
export const SEGMENT = {
  source: '900',
  destination: '491700000001',
  protocolId: 0x7f,
  dataCoding: 0xf6,
  userData: '02700001',
};

/** An SMSC with the package smpp as its codec, with or without TLS: answers a bind, and leaves the rest to the test. */
export class SmscPeer {
  readonly heard: Pdu[] = [];
  bindStatus = 0;
  onPdu: (pdu: Pdu) => void = () => undefined;
  #socket: Socket | undefined;
  readonly #server: Server;

  constructor(tls?: TlsOptions) {
    const serve = (socket: Socket) => {
      this.#serve(socket);
    };
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= HEADER_OCTETS && received.length >= received.readUInt32BE(0)) {
        const length = received.readUInt32BE(0);
        this.#take(new PeerPdu(Buffer.from(received.subarray(0, length))));
        received = received.subarray(length);
      }
    });
    socket.on('error', () => undefined);
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  say(command: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.write(new PeerPdu(command, fields).toBuffer());
  }

  /** Answers a request. */
  answer({ command, sequence_number }: Pdu, fields: Readonly<Record<string, unknown>> = {}): void {
    this.say(`${command}_resp`, { ...fields, sequence_number });
  }

  write(octets: Buffer): void {
    this.#socket?.write(octets);
  }

  /** What was answered to the request with this number. */
  answerTo(sequence: number): Pdu | undefined {
    return this.heard.find((pdu) => pdu.sequence_number === sequence && /_resp$|nack/.test(pdu.command));
  }

  /** Reads no more. */
  turnDeaf(): void {
    this.#socket?.pause();
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(pdu: Pdu): void {
    this.heard.push(pdu);
    if (pdu.command === 'bind_transceiver') this.answer(pdu, { command_status: this.bindStatus, system_id: 'peer' });
    else this.onPdu(pdu);
  }
}

/** A session that is bound to this peer, and what it has logged. */
export async function boundTo(
  peer: SmscPeer,
  options: Partial<SmscSessionOptions> = {},
): Promise<{ readonly session: SmscSession; readonly said: string[] }> {
  const said: string[] = [];
  const { log } = options;
  const session = new SmscSession({
    ...{ smsc: 'smsc-9', url: `smpp://127.0.0.1:${String(await peer.listen())}`, systemId: 'rehome' },
    onDelivery: () => Promise.resolve(),
    ...options,
    log: (level, message, fields) => {
      said.push(message);
      log?.(level, message, fields);
    },
  });
  session.start();
  await until(() => said.some((line) => line.startsWith('bound')));
  return { session, said };
}

/** Waits until something holds, and fails after five seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds();) {
    if (Date.now() > end) throw new Error('what the test waits for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
