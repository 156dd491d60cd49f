import { createServer, type Server, type Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { decodeGsup, encodeGsup } from '../../telecom/gsup/gsup.ts';
import { IDENTITY_TAG, decodeCcm, encodeCcm, type CcmMessage } from '../../telecom/gsup/ipa-ccm.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame, type IpaFrame } from '../../telecom/gsup/ipa-frames.ts';
import type { GsupMessage } from '../../telecom/gsup/message.ts';
import type { Network } from './network.ts';
import { GsupProcedures, type Peer } from './gsup-procedures.ts';
import type { Subscriber } from './subscribers.ts';

/** The connection's side of the HLR: who are you, are you alive. */
class Connection implements Peer {
  /** Empty until the peer has said who it is; nothing else is heard before. */
  name = '';
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.sendCcm({
      kind: 'identityRequest',
      tags: [IDENTITY_TAG.unitId, IDENTITY_TAG.unitName, IDENTITY_TAG.serialNumber],
    });
  }

  send(message: GsupMessage): void {
    this.#write({ protocol: IPA_PROTOCOL.osmo, payload: encodeGsup(message) });
  }

  sendCcm(message: CcmMessage): void {
    this.#write({ protocol: IPA_PROTOCOL.ccm, payload: encodeCcm(message) });
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(frame: IpaFrame): void {
    if (this.#socket.writable) this.#socket.write(encodeIpaFrame(frame));
  }
}

/** Serves GSUP to serving nodes, as osmo-hlr does: a node has one connection, and the newest one counts. */
export class GsupServer {
  readonly server: Server;
  readonly #network: Network;
  readonly #procedures: GsupProcedures;
  readonly #connections = new Set<Connection>();
  readonly #peers = new Map<string, Connection>();

  constructor(network: Network) {
    this.#network = network;
    this.#procedures = new GsupProcedures(network, (name) => this.#peers.get(name));
    this.server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  cancelLocation(subscriber: Subscriber): void {
    this.#procedures.cancelLocation(subscriber);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      for (const connection of this.#connections) connection.close();
    });
  }

  #serve(socket: Socket): void {
    socket.setNoDelay(true);
    const connection = new Connection(socket);
    const frames = new IpaFrames();
    this.#connections.add(connection);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.take(chunk)) this.#take(connection, frame);
    });
    // The close that follows is what ends the connection.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (this.#peers.get(connection.name) === connection) this.#peers.delete(connection.name);
      this.#procedures.forget(connection);
    });
  }

  #take(connection: Connection, { protocol, payload }: IpaFrame): void {
    try {
      if (protocol === IPA_PROTOCOL.ccm) this.#takeCcm(connection, decodeCcm(payload));
      else if (protocol === IPA_PROTOCOL.osmo && connection.name !== '')
        this.#procedures.take(connection, decodeGsup(payload));
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      this.#network.log(`a message of a serving node is left out: ${cause.message}`);
    }
  }

  #takeCcm(connection: Connection, message: CcmMessage): void {
    if (message.kind === 'ping') connection.sendCcm({ kind: 'pong' });
    if (message.kind !== 'identityResponse') return;
    const name = message.identities.find(({ tag }) => tag === IDENTITY_TAG.serialNumber)?.value ?? '';
    if (name === '') {
      this.#network.log('a serving node that does not say its name is not let in');
      connection.close();
      return;
    }
    connection.name = name;
    this.#peers.set(name, connection);
    connection.sendCcm({ kind: 'identityAck' });
  }
}
