import type { Socket } from 'node:net';
import { DecodeError } from '../../telecom/decode-error.ts';
import { decodeControl, encodeControl, type ControlMessage } from '../../telecom/gsup/ipa-control.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame } from '../../telecom/gsup/ipa-frames.ts';
import { PATIENCE_MS, connected, unreachable, type Endpoint } from './connection.ts';

const WHAT = 'control interface';

/** The answer to a command: its value, which may hold keys, or the reason of a refusal, which does not. */
export type ControlAnswer =
  { readonly kind: 'value'; readonly value: string } | { readonly kind: 'error'; readonly reason: string };

interface Waiting {
  readonly resolve: (answer: ControlAnswer) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Commands at the control interface, over one connection, which is made when it is needed and again when it broke. */
export class ControlClient {
  readonly #endpoint: Endpoint;
  #session: Promise<ControlSession> | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Rejects with HlrError `unreachable` when no answer comes. */
  async get(variable: string): Promise<ControlAnswer> {
    return (await this.#current()).ask((id) => ({ kind: 'get', id, variable }));
  }

  /** Rejects with HlrError `unreachable` when no answer comes: it may have been set all the same. */
  async set(variable: string, value: string): Promise<ControlAnswer> {
    return (await this.#current()).ask((id) => ({ kind: 'set', id, variable, value }));
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    session?.end('it was closed');
  }

  async #current(): Promise<ControlSession> {
    this.#session ??= this.#open();
    const opening = this.#session;
    try {
      const session = await opening;
      if (!session.isBroken) return session;
    } catch (cause) {
      if (this.#session === opening) this.#session = undefined;
      throw cause;
    }
    // Whoever waits with this call takes the same new connection.
    if (this.#session === opening) this.#session = this.#open();
    return this.#session;
  }

  async #open(): Promise<ControlSession> {
    return new ControlSession(await connected(this.#endpoint, WHAT));
  }
}

/** One connection; answers come in any order, told apart by their ids. */
class ControlSession {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #broken = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const frames = new IpaFrames();
    socket.on('data', (chunk: Buffer) => {
      for (const { protocol, payload } of frames.take(chunk)) {
        if (protocol === IPA_PROTOCOL.osmo) this.#take(payload);
      }
    });
    // The close that follows tells everybody who waits.
    socket.on('error', () => undefined);
    socket.on('close', () => this.end('the connection broke before it answered'));
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  ask(command: (id: string) => ControlMessage): Promise<ControlAnswer> {
    this.#lastId += 1;
    const id = String(this.#lastId);
    return new Promise((resolve, reject) => {
      // An answer that is late would be taken for nothing: a new connection has no old answers.
      const timer = setTimeout(() => this.end('no answer in time'), PATIENCE_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.write(encodeIpaFrame({ protocol: IPA_PROTOCOL.osmo, payload: encodeControl(command(id)) }));
    });
  }

  /** Tells everybody who waits why no answer comes. */
  end(why: string): void {
    this.#broken = true;
    this.#socket.destroy();
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(unreachable(WHAT, why));
  }

  #take(payload: Uint8Array): void {
    const message = read(payload);
    if (message === undefined) return;
    const answer = answerIn(message);
    if (answer !== undefined) this.#settle(message.id)?.resolve(answer);
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

/** Nothing for what answers no command: traps, and commands, which osmo-hlr has no reason to give. */
function answerIn(message: ControlMessage): ControlAnswer | undefined {
  switch (message.kind) {
    case 'error':
      return { kind: 'error', reason: message.reason };
    case 'getReply':
    case 'setReply':
      return { kind: 'value', value: message.value };
    case 'trap':
    case 'get':
    case 'set':
      return undefined;
  }
}

/** Nothing for what is no message of this interface; whoever waits for an answer then hears that none came in time. */
function read(payload: Uint8Array): ControlMessage | undefined {
  try {
    return decodeControl(payload);
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
