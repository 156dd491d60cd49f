import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { listen } from '../support/http-server.ts';
import { EsmeSession, type EsmeSessionOptions } from './esme-session.ts';

/** Where ESMEs may connect under TLS, and the certificate that they see; PEM files. */
export interface TlsListener {
  /** 0 takes a free port. */
  readonly port: number;
  readonly cert: string;
  readonly key: string;
}

interface ListenersOptions {
  readonly session: Omit<EsmeSessionOptions, 'socket'>;
  readonly tls: TlsListener | undefined;
}

/** The ports on which ESMEs connect, and their sessions. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #sessions = new Set<EsmeSession>();
  readonly #servers: Server[] = [];

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  async start({ host, port }: { readonly host: string; readonly port: number }) {
    const { tls } = this.#options;
    const plain = createServer((socket) => this.#serve(socket));
    this.#servers.push(plain);
    const plainPort = await listen(plain, { host, port, setting: 'SMSC port' });
    if (tls === undefined) return { port: plainPort, tlsPort: undefined };
    const { cert, key } = tls;
    const secured = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) =>
      this.#serve(socket),
    );
    this.#servers.push(secured);
    const tlsPort = await listen(secured, { host, port: tls.port, setting: 'SMSC port for TLS' });
    return { port: plainPort, tlsPort };
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const session of this.#sessions) session.end();
    await Promise.all(closed);
  }

  #serve(socket: Socket): void {
    const session = new EsmeSession({ socket, ...this.#options.session });
    this.#sessions.add(session);
    socket.once('close', () => this.#sessions.delete(session));
  }
}
