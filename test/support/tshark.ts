import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What went over a connection, piece by piece. */
interface Piece {
  readonly fromClient: boolean;
  readonly octets: Buffer;
}

/** Stands between a client and a server, and keeps all that they say. */
export interface Recorder {
  readonly port: number;
  readonly pieces: readonly Piece[];
  stop(): Promise<void>;
}

export async function recorder(target: { readonly host: string; readonly port: number }): Promise<Recorder> {
  const pieces: Piece[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on('data', (octets: Buffer) => {
        pieces.push({ fromClient: from === client, octets });
        to.write(octets);
      });
      from.on('error', () => to.destroy()).on('close', () => to.end());
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pieces,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** SMPP as tshark reads it. */
export interface Dissection {
  /** command_id of each PDU, in order. */
  readonly commands: readonly number[];
  /** What tshark has to say of a PDU that it can't read. */
  readonly malformed: readonly string[];
}

const CLIENT_PORT = '40000';
const SMPP_PORT = '2775';

/** Has tshark read the octets of one connection as SMPP. */
export function dissect(pieces: readonly Piece[]): Dissection {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-tshark-'));
  try {
    const [text, capture] = [join(folder, 'pieces.txt'), join(folder, 'pieces.pcapng')];
    const lines = pieces.map(({ fromClient, octets }) => `${fromClient ? 'O' : 'I'} ${octets.toString('hex')}\n`);
    writeFileSync(text, lines.join(''));
    const ports = `${CLIENT_PORT},${SMPP_PORT}`;
    run('text2pcap', ['-q', '-r', '^(?<dir>[IO]) (?<data>[0-9a-f]+)$', '-T', ports, text, capture]);
    const read = (...args: string[]) =>
      run('tshark', ['-r', capture, '-d', `tcp.port==${SMPP_PORT},smpp`, ...args])
        .split('\n')
        .filter((line) => line !== '');
    return {
      commands: read('-Y', 'smpp', '-T', 'fields', '-e', 'smpp.command_id').flatMap((line) =>
        line.split(',').map(Number),
      ),
      malformed: read('-Y', '_ws.malformed || _ws.expert.severity >= 6291456'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
