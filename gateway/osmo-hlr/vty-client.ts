import type { Socket } from 'node:net';
import { HlrError } from '../hlr.ts';
import { PATIENCE_MS, connected, unreachable, type Endpoint } from './connection.ts';

const WHAT = 'VTY';
/** Telnet negotiation, IAC, then WILL, WONT, DO or DONT and any option: nothing of it is needed (RFC 854). */
const NEGOTIATION = /\xff[\xfb-\xfe][^]/g;
/** `OsmoHLR> ` or `OsmoHLR# ` at the end of what has come; the name is the system's, the sign tells whether commands are enabled. */
const PROMPT = /(?:^|\n)[^\s>#]+(?:\([^)]*\))?[>#] $/;
const PASSWORD = /Password: $/;
/** No prompt is longer. Where it may begin is looked for no further back: of a long line that would take the square of its length. */
const LONGEST_PROMPT = 200;
/** A subscriber takes 2 KiB, with everything that osmo-hlr can say of one. */
const LONGEST_TEXT = 64 * 1024;

/**
 * Commands at osmo-hlr's terminal, one after the other over one connection, which is made when it is needed and again when it broke.
 * What it shows of a subscriber has its keys: answers go to their reader and nowhere else.
 */
export class VtyClient {
  readonly #endpoint: Endpoint;
  #session: Promise<VtySession> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** The lines that a command prints, without the prompt. Rejects with HlrError `unreachable` when no whole answer comes. */
  run(command: string): Promise<readonly string[]> {
    const answer = this.#last.then(() => this.#run(command));
    // Whoever asked hears of a failure; for the next in turn it is only the end of the command.
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    session?.end();
  }

  async #run(command: string): Promise<readonly string[]> {
    // One that broke while nothing was asked is no news for whoever asks now.
    if ((await this.#session)?.isBroken === true) this.#session = undefined;
    this.#session ??= this.#open();
    try {
      return await (await this.#session).run(command);
    } catch (cause) {
      // Half an answer may still come: it must not be taken for that of the next command.
      await this.close();
      this.#session = undefined;
      throw cause;
    }
  }

  async #open(): Promise<VtySession> {
    const session = new VtySession(await connected(this.#endpoint, WHAT));
    try {
      await session.greeted();
      await session.run('enable');
      await session.run('terminal length 0');
    } catch (cause) {
      session.end();
      throw cause;
    }
    return session;
  }
}

/** One connection, at which one command runs at a time. */
class VtySession {
  readonly #socket: Socket;
  #text = '';
  /** Why nothing more comes. */
  #broken: string | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      if (this.#text.length > LONGEST_TEXT) this.#leave('it printed more than 64 KiB at once');
      this.#wake();
    });
    // The close that follows tells whoever waits.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#broken ??= 'the connection broke before it answered';
      this.#wake();
    });
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  greeted(): Promise<string> {
    return this.#promptAfter('');
  }

  async run(command: string): Promise<readonly string[]> {
    this.#text = '';
    if (!this.isBroken) this.#socket.write(`${command}\n`);
    const answer = await this.#promptAfter(command);
    return answer.split(/\r?\n/).slice(0, -1);
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Nothing of the text is kept: it is no whole answer, also when it looks like one. */
  #leave(why: string): void {
    this.#broken ??= why;
    this.#text = '';
    this.end();
  }

  /** What is printed behind the echo of the command, up to the next prompt. */
  async #promptAfter(echo: string): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const text = this.#text.replace(NEGOTIATION, '');
      const start = text.indexOf(echo);
      const answer = start === -1 ? '' : text.slice(start + echo.length).replace(/^\r?\n/, '');
      if (PROMPT.test(answer.slice(-LONGEST_PROMPT))) return answer;
      if (PASSWORD.test(answer)) throw new HlrError('refused', 'the VTY of osmo-hlr asks for a password: take it away');
      if (this.#broken !== undefined) throw unreachable(WHAT, this.#broken);
      if (Date.now() >= deadline) throw unreachable(WHAT, 'no answer in time');
      await this.#moreUntil(deadline);
    }
  }

  async #moreUntil(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, deadline - Date.now());
    });
    clearTimeout(timer);
  }
}
