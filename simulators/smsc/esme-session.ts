import type { Socket } from 'node:net';
import { z } from 'zod';
import type { Log } from '../support/log.ts';
import { refusal } from './command-status.ts';
import type { DeliveryQueue, Receiver } from './delivery-queue.ts';
import { ShortMessage, type Delivery } from './facts.ts';
import type { MessageCentre } from './message-centre.ts';

const MAX_LINE_CHARACTERS = 16 * 1024;
const ENQUIRE_EVERY_MS = 30_000;

const id = z.int().nonnegative();
const Line = z.union([
  z.object({ id, bind: z.object({ systemId: z.string().min(1) }) }),
  z.object({ id, submit: ShortMessage }),
  z.object({ id, enquire: z.literal(true) }),
  z.object({ id, ok: z.boolean() }),
]);
type Line = z.infer<typeof Line>;

interface EsmeSessionOptions {
  readonly socket: Socket;
  readonly centre: MessageCentre;
  readonly queue: DeliveryQueue;
  readonly log: Log;
}

/** One ESME's connection: a JSON object a line, both ways; ids are the sender's own. */
export class EsmeSession implements Receiver {
  readonly #options: EsmeSessionOptions;
  readonly #unanswered = new Map<number, () => void>();
  readonly #enquirer: NodeJS.Timeout;
  #received = '';
  #lastId = 0;
  #systemId: string | undefined;
  #heard = true;

  constructor(options: EsmeSessionOptions) {
    this.#options = options;
    const { socket, queue, log } = options;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      this.#receive(String(chunk));
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
    this.#request({ deliver: delivery }, answered);
  }

  end(): void {
    this.#options.socket.destroy();
  }

  #receive(chunk: string): void {
    const lines = (this.#received + chunk).split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#take(line);
    if (this.#received.length > MAX_LINE_CHARACTERS) this.end();
  }

  #take(text: string): void {
    this.#heard = true;
    const line = parsedLine(text);
    if (line === undefined) {
      // Without a readable id there is nothing to answer to, and whatever follows is not to be trusted.
      this.#options.log(`${this.#name()} sent a line that is no command; the session was ended`);
      this.#send({ id: 0, ...refusal('ESME_RINVCMDID') });
      this.#options.socket.end();
    } else if ('bind' in line) this.#bind(line.id, line.bind.systemId);
    else if ('submit' in line) this.#submit(line.id, line.submit);
    else if ('enquire' in line) this.#send({ id: line.id, ok: true });
    else this.#answered(line);
  }

  #bind(requestId: number, systemId: string): void {
    this.#systemId = systemId;
    this.#send({ id: requestId, ok: true });
    this.#options.queue.add(this);
  }

  #submit(requestId: number, message: ShortMessage): void {
    const answer = this.#systemId === undefined ? refusal('ESME_RINVBNDSTS') : this.#options.centre.submit(message);
    this.#send({ id: requestId, ...answer });
  }

  #answered({ id: requestId, ok }: { id: number; ok: boolean }): void {
    const answered = this.#unanswered.get(requestId);
    this.#unanswered.delete(requestId);
    // A refused delivery counts as not answered: it is delivered again after a while.
    if (ok) answered?.();
  }

  #enquire(): void {
    if (!this.#heard) {
      this.#options.log(`${this.#name()} is silent; the session was ended`);
      this.end();
      return;
    }
    this.#heard = false;
    this.#request({ enquire: true }, () => undefined);
  }

  #request(command: object, answered: () => void): void {
    this.#lastId += 1;
    this.#unanswered.set(this.#lastId, answered);
    this.#send({ id: this.#lastId, ...command });
  }

  #send(line: object): void {
    if (this.#options.socket.writable) this.#options.socket.write(`${JSON.stringify(line)}\n`);
  }

  #name(): string {
    return this.#systemId ?? 'an ESME that has not bound';
  }
}

function parsedLine(text: string): Line | undefined {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
