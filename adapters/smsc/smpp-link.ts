import type { Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { COMMAND_STATUS } from '../../telecom/smpp/commands.ts';
import { PduFrames } from '../../telecom/smpp/pdu-frames.ts';
import type { PduBody } from '../../telecom/smpp/pdu-bodies.ts';
import { decodePdu, decodePduHeader, encodePdu, type Pdu } from '../../telecom/smpp/pdu.ts';

const RESPONSE = 0x8000_0000;
/** Sequence numbers go from 1 to this (SMPP 3.4 §3.2). */
const HIGHEST_SEQUENCE = 0x7fff_ffff;
/** What the other side may leave unread of ours; far more than it leaves while it reads at all. */
const MOST_UNREAD_OCTETS = 1024 * 1024;

/** No answer came: the request may or may not have been carried out. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export interface SmppLinkOptions {
  readonly socket: Socket;
  readonly answerMilliseconds: number;
  /** A request of the other side; answered with `respond`. */
  readonly onRequest: (pdu: Pdu) => void;
  /** A request whose header alone can be read. */
  readonly onUnreadable: (octets: Uint8Array, cause: DecodeError) => void;
}

interface Waiting {
  readonly resolve: (answer: Pdu) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One connection of SMPP 3.4: whole PDUs out of its octets, and to each request its answer, or NoAnswer. Neither what we have not dealt
 * with yet nor what the other side does not read takes more memory than a bound.
 */
export class SmppLink {
  readonly #options: SmppLinkOptions;
  readonly #frames = new PduFrames();
  readonly #waiting = new Map<number, Waiting>();
  /** Whole PDUs that came together with the one at which we paused. */
  readonly #held: Uint8Array[] = [];
  #sequence = 0;

  constructor(options: SmppLinkOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('close', () => {
      this.#held.length = 0;
      this.#failWaiting();
    });
  }

  request(body: PduBody, answerMilliseconds = this.#options.answerMilliseconds): Promise<Pdu> {
    const { socket } = this.#options;
    this.#sequence = (this.#sequence % HIGHEST_SEQUENCE) + 1;
    const sequence = this.#sequence;
    const octets = encodePdu({ sequence, status: 0, body });
    return new Promise((resolve, reject) => {
      if (!socket.writable) {
        reject(new NoAnswer('the connection is closed'));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(sequence);
        reject(new NoAnswer('no answer in time'));
      }, answerMilliseconds);
      this.#waiting.set(sequence, { resolve, reject, timer });
      this.#write(octets);
    });
  }

  respond(sequence: number, body: PduBody, status: number = COMMAND_STATUS.ESME_ROK): void {
    if (this.#options.socket.writable) this.#write(encodePdu({ sequence, status, body }));
  }

  /** Says nothing more; the other side hears what was said before. */
  end(): void {
    this.#options.socket.end();
  }

  /** Reads no further: what the other side sends meanwhile stays with it. */
  pause(): void {
    this.#options.socket.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#options.socket.resume();
    this.#handOut();
  }

  get isPaused(): boolean {
    return this.#options.socket.isPaused();
  }

  #write(octets: Uint8Array): void {
    const { socket } = this.#options;
    socket.write(octets);
    if (socket.writableLength > MOST_UNREAD_OCTETS)
      socket.destroy(new Error('the other side sends, but does not read what it is answered'));
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const octets of this.#frames.take(chunk)) {
        this.#held.push(octets);
        this.#handOut();
      }
    } catch (cause) {
      // What follows a length that can't be right is no PDU any more: a new connection begins with a whole one.
      this.#options.socket.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }

  #handOut(): void {
    while (!this.isPaused) {
      const octets = this.#held.shift();
      if (octets === undefined) return;
      this.#take(octets);
    }
  }

  #take(octets: Uint8Array): void {
    const { commandId, sequence } = decodePduHeader(octets);
    let pdu: Pdu;
    try {
      pdu = decodePdu(octets);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      if (commandId < RESPONSE) this.#options.onUnreadable(octets, cause);
      else this.#settle(sequence)?.reject(new NoAnswer(`the answer can't be read: ${cause.message}`));
      return;
    }
    if (commandId < RESPONSE) this.#options.onRequest(pdu);
    else this.#settle(sequence)?.resolve(pdu);
  }

  #settle(sequence: number): Waiting | undefined {
    const waiting = this.#waiting.get(sequence);
    this.#waiting.delete(sequence);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #failWaiting(): void {
    for (const sequence of [...this.#waiting.keys()])
      this.#settle(sequence)?.reject(new NoAnswer('the connection broke before an answer came'));
  }
}
