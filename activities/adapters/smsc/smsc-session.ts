import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { failure } from '../../../workflows/failures.ts';
import { Inbound, type Delivery, type Submit } from './protocol.ts';

const ANSWER_MILLISECONDS = 10_000;
const ENQUIRE_MILLISECONDS = 15_000;
const FIRST_RETRY_MILLISECONDS = 200;
const LONGEST_RETRY_MILLISECONDS = 5_000;
const THROTTLED = new Set(['ESME_RTHROTTLED', 'ESME_RMSGQFUL']);
const TEMPORARY = new Set(['ESME_RSUBMITFAIL']);
/** The SMSC does not know itself what has become of the segment. */
const UNCLEAR = new Set(['ESME_RSYSERR', 'ESME_RUNKNOWNERR']);
const THROTTLED_SECONDS = 2;

export interface SmscSessionOptions {
  readonly smsc: string;
  /** `tcp://host:port`. */
  readonly url: string;
  readonly systemId: string;
  /** Takes a receipt or a message; the SMSC hears that it was taken only after this resolves, and delivers it again otherwise. */
  readonly onDelivery: (delivery: Delivery) => Promise<void>;
  readonly log: (level: 'error' | 'warn' | 'info', message: string) => void;
}

interface Waiting {
  readonly resolve: (answer: Inbound) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The bind to one SMSC: reconnects by itself, watches that the peer is alive, and tells apart refused from unanswered. */
export class SmscSession {
  readonly #options: SmscSessionOptions;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #bound = false;
  #lastId = 0;
  #running: Promise<void> | undefined;
  readonly #stopSignal = new AbortController();

  constructor(options: SmscSessionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#stayBound();
  }

  async stop(): Promise<void> {
    this.#stopSignal.abort();
    this.#socket?.destroy();
    await this.#running;
  }

  /** Throws SMSC_UNREACHABLE when no bind is up: nothing has been handed over then. */
  requireBind(): void {
    if (!this.#bound) throw failure('SMSC_UNREACHABLE', `there is no bind to ${this.#options.smsc}`);
  }

  /**
   * Hands one segment over and resolves to the SMSC's message id. SMSC_UNREACHABLE means that the segment may or may not have been
   * taken; SMSC_THROTTLED and SMSC_REFUSED mean that it was not.
   */
  async submit(segment: Submit): Promise<string> {
    this.requireBind();
    const answer = await this.#ask({ submit: segment });
    if (answer.ok === true && answer.messageId !== undefined) return answer.messageId;
    const name = answer.name ?? 'no reason';
    if (answer.ok === true || UNCLEAR.has(name)) {
      throw failure(
        'SMSC_UNREACHABLE',
        `${this.#options.smsc} gave no clear answer to a segment for ${segment.destination}, which it may have taken: ${answer.ok === true ? 'no message id' : name}`,
      );
    }
    const said =
      `${this.#options.smsc} did not take a segment for ${segment.destination}: ${name} ${answer.status ?? ''}`.trim();
    if (THROTTLED.has(name)) throw failure('SMSC_THROTTLED', said, THROTTLED_SECONDS);
    if (TEMPORARY.has(name)) throw failure('SMSC_THROTTLED', said);
    throw failure('SMSC_REFUSED', said);
  }

  async #stayBound(): Promise<void> {
    let pause = FIRST_RETRY_MILLISECONDS;
    while (!this.#isStopped()) {
      try {
        await this.#runOnce(() => {
          pause = FIRST_RETRY_MILLISECONDS;
        });
      } catch (cause) {
        if (!this.#isStopped())
          this.#options.log(
            'warn',
            `${this.#options.smsc}: ${cause instanceof Error ? cause.message : String(cause)}; trying again`,
          );
      }
      await delay(pause, undefined, { signal: this.#stopSignal.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }

  #isStopped(): boolean {
    return this.#stopSignal.signal.aborted;
  }

  /** One connection, from bind to its end. */
  async #runOnce(onBound: () => void): Promise<void> {
    const { hostname, port } = new URL(this.#options.url);
    const socket = createConnection({ host: hostname, port: Number(port) }).setNoDelay(true);
    this.#socket = socket;
    const ended = new Promise<never>((_resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('the connection ended'));
      });
    });
    ended.catch(() => undefined);
    // The reader passes the socket's errors on; `ended` has them already.
    createInterface({ input: socket })
      .on('error', () => undefined)
      .on('line', (line) => {
        this.#hear(line);
      });
    const watch = setInterval(() => {
      this.#ask({ enquire: true }).catch(() => socket.destroy());
    }, ENQUIRE_MILLISECONDS);
    try {
      await Promise.race([ended, this.#bind()]);
      this.#options.log('info', `bound to ${this.#options.smsc}`);
      this.#bound = true;
      onBound();
      await ended;
    } finally {
      clearInterval(watch);
      this.#bound = false;
      socket.destroy();
      this.#failWaiting();
    }
  }

  async #bind(): Promise<void> {
    const answer = await this.#ask({ bind: { systemId: this.#options.systemId } });
    if (answer.ok !== true) throw new Error(`the bind was refused: ${answer.name ?? 'no reason'}`);
  }

  #ask(body: object): Promise<Inbound> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(failure('SMSC_UNREACHABLE', `${this.#options.smsc} did not answer in time`));
      }, ANSWER_MILLISECONDS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#say({ id, ...body });
    });
  }

  #say(message: object): void {
    if (this.#socket?.writable === true) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #hear(line: string): void {
    const heard = readLine(line);
    if (heard === undefined) {
      this.#options.log('error', `${this.#options.smsc} sent a line that is not understood; it was dropped`);
      return;
    }
    const { id, deliver, enquire } = heard;
    if (enquire === true) this.#say({ id, ok: true });
    else if (deliver !== undefined) void this.#take(id, deliver);
    else {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return;
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
      waiting.resolve(heard);
    }
  }

  async #take(id: number, delivery: Delivery): Promise<void> {
    try {
      await this.#options.onDelivery(delivery);
      this.#say({ id, ok: true });
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      this.#options.log(
        'warn',
        `a ${delivery.kind} of ${this.#options.smsc} was not taken and will be delivered again: ${problem}`,
      );
      this.#say({ id, ok: false });
    }
  }

  #failWaiting(): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(failure('SMSC_UNREACHABLE', `the bind to ${this.#options.smsc} broke before an answer came`));
    }
    this.#waiting.clear();
  }
}

function readLine(line: string): Inbound | undefined {
  try {
    return Inbound.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
