import type { Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { decodeGsup, encodeGsup } from '../../telecom/gsup/gsup.ts';
import { IDENTITY_TAG, decodeCcm, encodeCcm, type CcmMessage } from '../../telecom/gsup/ipa-ccm.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame, type IpaFrame } from '../../telecom/gsup/ipa-frames.ts';
import type { GsupKind, GsupMessage, GsupMessageOf } from '../../telecom/gsup/message.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { messageOf, type Log } from '../support/log.ts';

const ANSWER_MS = 5_000;
const PING_EVERY_MS = 10_000;
/** osmo-hlr hangs up on a peer without a unit id, and has no other use for it. */
const UNIT_ID = '0/0/0';

/** Procedures that a serving node begins, and that the HLR answers. */
type Procedure = 'updateLocation' | 'sendAuthInfo' | 'purgeMs' | 'checkImei';
type RequestOf<P extends Procedure> = GsupMessageOf<`${P}Request`>;
type AnswerOf<P extends Procedure> = GsupMessageOf<`${P}Result` | `${P}Error`>;

export interface GsupLinkOptions {
  readonly socket: Socket;
  readonly name: string;
  /** What the HLR begins; to be answered with `send`. */
  readonly onRequest: (message: GsupMessage) => void;
  readonly log: Log;
}

interface Waiting {
  readonly resolve: (answer: GsupMessage) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** One connection to an HLR: it says who it is, answers pings, and finds to each request its answer by procedure and IMSI. */
export class GsupLink {
  /** Resolves when the HLR has taken the name, rejects when the connection ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #options: GsupLinkOptions;
  readonly #frames = new IpaFrames();
  readonly #waiting = new Map<string, Waiting>();
  readonly #watchdog: NodeJS.Timeout;
  #heard = true;
  #named: () => void = () => undefined;

  constructor(options: GsupLinkOptions) {
    this.#options = options;
    const { socket } = options;
    let trouble = 'it closed the connection';
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      this.#named = resolve;
      void this.ended.then(() => reject(new Error(`the HLR can't be reached: ${trouble}`)));
    });
    this.#watchdog = setInterval(() => this.#watch(), PING_EVERY_MS).unref();
    socket.on('error', (cause) => {
      trouble = cause.message;
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#close());
  }

  /** Rejects when no answer comes: the HLR may or may not have done it. One request of a procedure at a time for each IMSI. */
  request<P extends Procedure>(procedure: P, message: RequestOf<P>): Promise<AnswerOf<P>> {
    const key = keyOf(procedure, message.imsi);
    return new Promise((resolve, reject) => {
      if (!this.#options.socket.writable) {
        reject(new Error("the HLR can't be reached: the connection is closed"));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(key);
        reject(new Error(`the HLR did not answer ${message.kind} in time`));
      }, ANSWER_MS);
      this.#waiting.set(key, { resolve: (answer) => resolve(answer as AnswerOf<P>), reject, timer });
      this.send(message);
    });
  }

  send(message: GsupMessage): void {
    this.#write({ protocol: IPA_PROTOCOL.osmo, payload: encodeGsup(message) });
  }

  close(): void {
    this.#options.socket.destroy();
  }

  #write(frame: IpaFrame): void {
    if (this.#options.socket.writable) this.#options.socket.write(encodeIpaFrame(frame));
  }

  #writeCcm(message: CcmMessage): void {
    this.#write({ protocol: IPA_PROTOCOL.ccm, payload: encodeCcm(message) });
  }

  #receive(chunk: Uint8Array): void {
    this.#heard = true;
    for (const { protocol, payload } of this.#frames.take(chunk)) {
      try {
        if (protocol === IPA_PROTOCOL.ccm) this.#takeCcm(decodeCcm(payload));
        else if (protocol === IPA_PROTOCOL.osmo) this.#take(decodeGsup(payload));
      } catch (cause) {
        if (!(cause instanceof DecodeError)) throw cause;
        this.#options.log(`${this.#options.name} leaves out a message of the HLR: ${messageOf(cause)}`);
      }
    }
  }

  #takeCcm(message: CcmMessage): void {
    switch (message.kind) {
      case 'identityRequest':
        this.#writeCcm({
          kind: 'identityResponse',
          identities: [
            { tag: IDENTITY_TAG.unitId, value: UNIT_ID },
            { tag: IDENTITY_TAG.serialNumber, value: this.#options.name },
          ],
        });
        // The HLR does not speak first here: it acknowledges the acknowledgement.
        this.#writeCcm({ kind: 'identityAck' });
        return;
      case 'identityAck':
        this.#named();
        return;
      case 'ping':
        this.#writeCcm({ kind: 'pong' });
        return;
      case 'pong':
      case 'identityResponse':
        return;
    }
  }

  #take(message: GsupMessage): void {
    const procedure = procedureAnsweredBy(message.kind);
    if (procedure === undefined) this.#options.onRequest(message);
    else this.#settle(keyOf(procedure, message.imsi))?.resolve(message);
  }

  #settle(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  /** A connection on which nothing came since the last ping is dead, whatever its socket says. */
  #watch(): void {
    if (!this.#heard) this.#options.socket.destroy(new Error('it does not answer pings'));
    this.#heard = false;
    this.#writeCcm({ kind: 'ping' });
  }

  #close(): void {
    clearInterval(this.#watchdog);
    for (const key of [...this.#waiting.keys()]) {
      this.#settle(key)?.reject(new Error("the HLR can't be reached: the connection broke before it answered"));
    }
  }
}

const keyOf = (procedure: Procedure, imsi: Imsi): string => `${procedure}/${imsi}`;

function procedureAnsweredBy(kind: GsupKind): Procedure | undefined {
  for (const procedure of ['updateLocation', 'sendAuthInfo', 'purgeMs', 'checkImei'] as const) {
    if (kind === `${procedure}Result` || kind === `${procedure}Error`) return procedure;
  }
  return undefined;
}
