import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

type Line = Readonly<Record<string, unknown>>;

/** The other end of a session, as plain as the wire: what was delivered is kept, and answered unless told otherwise. */
export class Esme {
  readonly delivered: Line[] = [];
  answers = true;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (line: Line) => void>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', (text) => {
      this.#take(JSON.parse(text) as Line);
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

  static async bound(port: number): Promise<Esme> {
    const esme = await Esme.connect(port);
    await esme.ask({ bind: { systemId: 'rehome' } });
    return esme;
  }

  ask(command: object): Promise<Line> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket.write(`${JSON.stringify({ id, ...command })}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  submit(destination: string, userData: string): Promise<Line> {
    return this.ask({ submit: { source: '1234', destination, protocolId: 0x7f, dataCoding: 0xf6, userData } });
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** What was delivered of one kind. */
  of(kind: string): Line[] {
    return this.delivered.filter((delivery) => delivery['kind'] === kind);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(line: Line): void {
    const { id, deliver, enquire } = line;
    if (deliver !== undefined || enquire !== undefined) {
      if (deliver !== undefined) this.delivered.push(deliver as Line);
      if (this.answers) this.#socket.write(`${JSON.stringify({ id, ok: true })}\n`);
      return;
    }
    this.#waiting.get(Number(id))?.(line);
  }
}
