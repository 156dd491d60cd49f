import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, type Log } from '../support/log.ts';
import { GsupLink, type GsupLinkOptions } from './gsup-link.ts';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;
const HANDSHAKE_MS = 5_000;

interface HlrConnectionOptions {
  readonly name: string;
  readonly hlr: { readonly host: string; readonly port: number };
  readonly onRequest: GsupLinkOptions['onRequest'];
  readonly log: Log;
}

/** Keeps a connection to an HLR for as long as it is wanted: an HLR tells only connected nodes that a subscriber was barred. */
export class HlrConnection {
  readonly #options: HlrConnectionOptions;
  readonly #closing = new AbortController();
  #link: Promise<GsupLink>;

  constructor(options: HlrConnectionOptions) {
    this.#options = options;
    this.#link = this.#connect();
    void this.#keep();
  }

  /** The connection; the one that is being made where there is none. Rejects when that does not come about. */
  link(): Promise<GsupLink> {
    return this.#link;
  }

  send: GsupLink['send'] = (message) => {
    // Without a connection the HLR has forgotten that it asked.
    void this.#link.then((link) => link.send(message)).catch(() => undefined);
  };

  async close(): Promise<void> {
    this.#closing.abort();
    const link = await this.#link.catch(() => undefined);
    link?.close();
    await link?.ended;
  }

  async #keep(): Promise<void> {
    const { name, log } = this.#options;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#isClosing()) {
      try {
        const link = await this.#link;
        backoffMs = FIRST_BACKOFF_MS;
        await link.ended;
        if (!this.#isClosing()) log(`${name} lost its connection to the HLR`);
      } catch (cause) {
        if (backoffMs === FIRST_BACKOFF_MS) log(`${name} is not connected: ${messageOf(cause)}`);
      }
      // Only close() aborts the wait, and the loop looks at the signal next.
      await wait(backoffMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
      backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      if (!this.#isClosing()) this.#link = this.#connect();
    }
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #connect(): Promise<GsupLink> {
    const { hlr, name, onRequest, log } = this.#options;
    const socket = connect(hlr).setNoDelay(true);
    const link = new GsupLink({ socket, name, onRequest, log });
    const impatience = setTimeout(() => socket.destroy(new Error('it does not greet')), HANDSHAKE_MS);
    const abort = () => socket.destroy();
    this.#closing.signal.addEventListener('abort', abort);
    try {
      await link.ready;
    } finally {
      clearTimeout(impatience);
      this.#closing.signal.removeEventListener('abort', abort);
    }
    return link;
  }
}
