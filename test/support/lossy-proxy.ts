import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server, and loses answers when it is told to. */
export interface LossyProxy {
  readonly port: number;
  /** Breaks the connection in an answer, the next one or a later: the server has done what it was asked. */
  loseAnswer(which?: { readonly number?: number; readonly afterOctets?: number }): void;
  /** Keeps the next answers back without breaking anything. */
  stayMute(mute: boolean): void;
  stop(): Promise<void>;
}

/** Listens on the loopback, at a free port unless one is given. */
export async function lossyProxy(
  target: { readonly host: string; readonly port: number },
  port = 0,
): Promise<LossyProxy> {
  let loss: { number: number; afterOctets: number } | undefined;
  let mute = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (loss !== undefined) loss.number -= 1;
      if (loss?.number === 0) {
        client.end(chunk.subarray(0, loss.afterOctets));
        loss = undefined;
        upstream.destroy();
      } else if (!mute) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswer: ({ number = 1, afterOctets = 0 } = {}) => {
      loss = { number, afterOctets };
    },
    stayMute: (now) => {
      mute = now;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
